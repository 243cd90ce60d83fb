"""Words of articles 9 and 10 are found in contents and names; those of everyday messages are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.screening import KINDS, findings_in, findings_in_names
from policy.sensitive_words import HARMLESS, TOPICS, UNLESS

SENSITIVE = [
    ("origin", "Offre réservée aux personnes d’origine maghrébine."),
    ("origin", "Please tell us about your ethnic background."),
    ("politics", "Vous partagez nos opinions politiques ? Rejoignez-nous."),
    ("politics", "Meet your far-right candidate."),
    ("religion", "Chers amis CATHOLIQUES, une offre pour vous."),
    ("religion", "For our Muslim customers."),
    ("union", "Votre délégué syndical vous informe."),
    ("union", "La CGT vous invite."),
    ("union", "Trade union members save 10%."),
    ("genetics", "Faites votre test ADN à la maison."),
    ("genetics", "Genetic testing made simple."),
    ("biometrics", "Vos données biométriques sont prêtes."),
    ("biometrics", "Come and give your fingerprints."),
    ("health", "Votre diabète sous contrôle."),
    ("health", "Vivre avec un cancer."),
    ("health", "Votre ordonnance est prête."),
    ("health", "Living with HIV: our patients tell."),
    ("sexuality", "Rencontres pour homosexuels."),
    ("sexuality", "Whatever your sexual orientation."),
    ("offences", "Votre casier judiciaire est vierge ?"),
    ("offences", "A criminal record is no obstacle."),
]

ORDINARY = [
    "Bonjour {{ prenom }}, -20 % sur toute la boutique jusqu’à dimanche. STOP au 36123",
    "À votre santé ! Nos vins d’automne sont arrivés.",
    "La mutuelle santé qui vous rembourse mieux. Assurance maladie : vos démarches en ligne.",
    "L’union fait la force : parrainez un ami. Union européenne, livraison offerte.",
    "La course (race) de dimanche : retirez votre dossard. Parti comme jamais !",
    "Votre horoscope : Cancer, une belle semaine. Bélier, Taureau, Gémeaux, Cancer, Lion.",
    "Recherche contre le cancer : merci pour votre don.",
    "Le conseil syndical et le syndic vous convoquent à l’assemblée générale.",
    "Syndicat d’initiative : le programme de l’été.",
    "L’innovation est dans notre ADN.",
    "Enceinte Bluetooth à 49 € : le son qui bouge. CD-ROM et jeux rétro.",
    "Smartphone avec lecteur d’empreintes digitales et reconnaissance faciale.",
    "Unlock your phone with your fingerprint.",
    "Notre politique de confidentialité a changé. Privacy policy updated.",
    "Élection du produit de l’année : votez pour votre préféré !",
    "Religieuse au chocolat et Paris-Brest : commandez avant samedi.",
    "Votre rendez-vous du 12/03 à 14 h 30 au 12, rue Gay-Lussac est confirmé.",
    "Soyez patient, votre colis arrive. Thanks for being patient.",
    "Diagnostic immobilier offert pour la vente de votre maison.",
    "Coiffure afro, soins et tresses. Teint clair ou mat, trouvez votre fond de teint.",
    "Accessible aux personnes en situation de handicap. Golf : améliorez votre handicap.",
    "Christian vous attend au salon. Christmas sale: 30% off everything.",
    "Votre facture 2026-1124-7781 de 49,90 € est disponible. IBAN FR76 3000 6000 0112 3456 7890 189",
    "Flash sale! Free delivery on orders over $50. Hearing the call of the sea?",
    "Prix en baisse : < 100 € et > 50 points. Baptême de l’air offert.",
    "Attention aux fraudeurs : nous ne demandons jamais votre code.",
    "<style>.cancer { color: red }</style><p class='religion'>Bonnes affaires</p>",
    "{{ religion }} {% if diabete %}Bonjour{% endif %} {# cancer #}",
    "Your CGT allowance for this tax year, explained.",
    "Dépression sur l’Atlantique : votre vol est retardé.",
]


@pytest.mark.parametrize(("topic", "text"), SENSITIVE)
def test_each_topic_is_found_in_both_languages(topic: str, text: str) -> None:
    assert findings_in(text) == {f"words:{topic}"}


@pytest.mark.parametrize(("topic", "text"), SENSITIVE)
def test_markup_around_a_text_changes_nothing(topic: str, text: str) -> None:
    for dressed in (f"<p>{text}</p>", f'<img alt="{text}">', f"{{{{ x }}}}{text}{{% y %}}"):
        assert findings_in(dressed) == {f"words:{topic}"}


def test_every_topic_is_tried() -> None:
    assert {topic for topic, _ in SENSITIVE} == TOPICS.keys()
    assert {f"words:{topic}" for topic in TOPICS} | {"nir", "card"} == KINDS


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_messages_are_left_alone(text: str) -> None:
    assert findings_in(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "DIABÈTE",
        "diabe\u0301te",
        "dia<b>bè</b>te",
        "diab&egrave;te",
        "dia\u00adbète",
        "<p>le</p><p>diabète</p>",
        "<img src='x.png' alt='le diabète'>",
        '<a href="https://example.org" title="le diabète">ici</a>',
        '{{ maladie or "diabète" }}',
        "{{ maladie or 'diabète' }}",
        "<!-- diabète -->",
        "<diabète>",
        "<maladie de type diabete>",
        "{{ diabète",
        "<p title='diabète",
        "l’œdème et le diabète",
    ],
)
def test_a_word_is_found_however_it_is_dressed(text: str) -> None:
    assert findings_in(text) == {"words:health"}


@pytest.mark.parametrize("text", ["prédiabètes", "diabétologue.", "lediabete", "my_diabetes_2"])
def test_only_whole_words_count(text: str) -> None:
    assert findings_in(text.replace("_", "x")) == frozenset()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("race", "words:origin"),
        ("opinion_politique", "words:politics"),
        ("Religion", "words:religion"),
        ("syndicat", "words:union"),
        ("adn", "words:genetics"),
        ("biométrie", "words:biometrics"),
        ("Santé", "words:health"),
        ("groupeSanguin", "words:health"),
        ("pathologie2", "words:health"),
        ("sexual_orientation", "words:sexuality"),
        ("infractions", "words:offences"),
    ],
)
def test_a_column_is_found_by_one_word_of_its_name(name: str, kind: str) -> None:
    assert findings_in_names(["ref", name]) == {kind}


def test_columns_of_ordinary_lists_are_left_alone() -> None:
    names = (
        "ref email tel post postal_code prenom nom civilite sexe date_naissance ville pays magasin"
        " points carte_fidelite numero_client code_insee origine_contact derniere_commande panier"
        " race_chien acces_handicap politique_confidentialite date_traitement empreinte_carbone"
        " first_name last_name city country loyalty_card order_id signup_source vote"
    )
    assert findings_in_names(names.split()) == frozenset()


def test_a_companion_changes_what_a_word_means_but_not_what_others_mean() -> None:
    assert findings_in("Cancer ou diabète : votre horoscope") == {"words:health"}


@given(st.text(max_size=200))
def test_a_finding_is_a_kind_and_never_the_text(text: str) -> None:
    assert findings_in(text) <= KINDS
    assert findings_in_names([text]) <= KINDS


@pytest.mark.parametrize(
    "piece", ["<a ", "{{", "{%", "{#", "<style>", "<a '", '<a b="', "1 ", "<p "]
)
def test_hostile_contents_are_read_in_linear_time(piece: str) -> None:
    assert findings_in(piece * 30_000) == frozenset()


def test_the_table_is_written_as_it_is_read() -> None:
    tables = [HARMLESS, *UNLESS, *UNLESS.values()]
    tables += [text for topic in TOPICS.values() for text in (topic.said, topic.named)]
    entries = [entry.strip() for text in tables for entry in text.split(",")]
    assert "" not in entries, "an empty entry would be found everywhere"
