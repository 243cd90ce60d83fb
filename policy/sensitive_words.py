"""Words that tell of what GDPR articles 9 and 10 protect, in French and English, by topic.

How to read and extend this table
- Words stand between commas; a phrase is one entry. Case and accents do not matter. Each form of
  a word is written out: what is not listed is not found.
- ``said`` is looked for in contents and in the names of columns. Words of ordinary messages have
  no place in it: « santé ! », « union », « parti », « course », « dans notre ADN ».
- ``named`` is looked for in the names of columns only, where one word says what a whole column is.
- ``HARMLESS`` are usual phrases that hold such a word and mean something else: they are passed over.
- ``UNLESS`` are words that mean something else in a text that holds one of their companions.

What is found is a reason to look, not a judgement; nothing found does not mean that nothing is
there. Sources: GDPR articles 9(1) and 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Topic:
    """Words of one topic: ``said`` anywhere, ``named`` as the name of a column."""

    said: str
    named: str


TOPICS: Final[Mapping[str, Topic]] = {
    "origin": Topic(
        said="""
        origine ethnique, origines ethniques, origine raciale, origines raciales, ethnie, ethnies,
        appartenance ethnique, appartenance raciale, minorité ethnique, minorités ethniques,
        origine maghrébine, origine africaine, origine arabe, origine asiatique, origine étrangère,
        maghrébin, maghrébins, maghrébine, maghrébines, tsigane, tsiganes,
        issu de l'immigration, issus de l'immigration, issue de l'immigration,
        ethnic origin, ethnic origins, racial origin, racial origins, ethnicity, ethnicities,
        ethnic group, ethnic groups, ethnic minority, ethnic minorities, ethnic background,
        people of color, people of colour, african american, african americans, of african descent,
        of arab descent, of asian descent
        """,
        named="""
        race, racial, ethnique, ethnic, couleur de peau, couleur peau, skin color, skin colour
        """,
    ),
    "politics": Topic(
        said="""
        opinion politique, opinions politiques, orientation politique, orientations politiques,
        conviction politique, convictions politiques, sensibilité politique, bord politique,
        parti politique, partis politiques, militant politique, militants politiques,
        militante politique, adhérent du parti, adhérents du parti, campagne électorale,
        intention de vote, intentions de vote, élection présidentielle, élections législatives,
        élections municipales, élections européennes, élections régionales,
        extrême droite, extrême gauche, socialiste, socialistes, communiste, communistes,
        parti socialiste, parti communiste, rassemblement national, front national,
        la france insoumise, les républicains, europe écologie les verts,
        political opinion, political opinions, political view, political views, political party,
        political parties, political affiliation, political belief, political beliefs,
        voting intention, voting intentions, election campaign, general election,
        far right, far left, socialist, socialists, communist, communists, labour party,
        conservative party, republican party, democratic party
        """,
        named="""
        politique, political, politics, parti, tendance politique, intention vote
        """,
    ),
    "religion": Topic(
        said="""
        religion, religions, conviction religieuse, convictions religieuses, croyance religieuse,
        croyances religieuses, appartenance religieuse, pratique religieuse, confession religieuse,
        convictions philosophiques, croyances philosophiques, fidèles de l'église,
        catholique, catholiques, catholicisme, protestante, protestants, protestantes,
        protestantisme, musulman, musulmans, musulmane, musulmanes, islam, islamique, islamiques,
        juif, juifs, juive, juives, judaïsme, chrétien, chrétiens, chrétienne, chrétiennes,
        christianisme, bouddhiste, bouddhistes, bouddhisme, hindou, hindous, hindoue, hindoues,
        hindouisme, évangélique, évangéliques, athée, athées, athéisme, témoins de jéhovah,
        franc maçon, francs maçons, franc maçonnerie,
        religious belief, religious beliefs, religious affiliation, religious views,
        philosophical beliefs, catholic, catholics, catholicism, protestants, muslim, muslims,
        islamic, jew, jews, jewish, judaism, christians, christian faith, christianity, buddhist,
        buddhists, buddhism, hindu, hindus, hinduism, atheist, atheists, jehovah's witness,
        jehovah's witnesses, freemason, freemasons
        """,
        named="""
        religieux, religieuse, religious, culte, croyance, croyances, confession, faith, halal,
        casher, kosher, paroisse, parish
        """,
    ),
    "union": Topic(
        said="""
        appartenance syndicale, adhésion syndicale, affiliation syndicale, activité syndicale,
        cotisation syndicale, cotisations syndicales, section syndicale, sections syndicales,
        délégué syndical, délégués syndicaux, déléguée syndicale, déléguées syndicales,
        représentant syndical, représentants syndicaux, militant syndical, militants syndicaux,
        organisation syndicale, organisations syndicales, syndicaliste, syndicalistes,
        adhérent du syndicat, adhérents du syndicat, syndiqué, syndiqués, syndiquée, syndiquées,
        cgt, cfdt, cftc, cfe cgc, unsa, force ouvrière, sud solidaires,
        trade union, trade unions, labor union, labor unions, labour union, labour unions,
        union member, union members, union membership, union representative, trade unionist,
        trade unionists, unionised, unionized
        """,
        named="""
        syndicat, syndical, syndicale, union dues
        """,
    ),
    "genetics": Topic(
        said="""
        test génétique, tests génétiques, donnée génétique, données génétiques, profil génétique,
        analyse génétique, analyses génétiques, patrimoine génétique, maladie génétique,
        maladies génétiques, mutation génétique, mutations génétiques, prédisposition génétique,
        prédispositions génétiques, maladie héréditaire, maladies héréditaires, test adn, tests adn,
        analyse adn, analyse d'adn, prélèvement adn, séquençage du génome, caryotype, brca1, brca2,
        genetic test, genetic tests, genetic testing, genetic data, genetic profile,
        genetic disorder, genetic disorders, genetic disease, genetic diseases, genetic mutation,
        genetic predisposition, hereditary disease, hereditary diseases, dna test, dna tests,
        dna sample, genome sequencing, karyotype
        """,
        named="""
        génétique, genetic, genetics, génome, genome, génotype, genotype, adn, dna
        """,
    ),
    "biometrics": Topic(
        said="""
        donnée biométrique, données biométriques, identifiant biométrique, gabarit biométrique,
        gabarits biométriques, identification biométrique, authentification biométrique,
        empreinte digitale, empreintes digitales, reconnaissance faciale, scan de l'iris,
        biometric data, biometric identifier, biometric identifiers, biometric template,
        biometric templates, biometric identification, biometric authentication, fingerprint,
        fingerprints, facial recognition, face recognition, iris scan
        """,
        named="""
        biométrie, biométrique, biometric, biometrics, voiceprint
        """,
    ),
    "health": Topic(
        said="""
        diabète, diabètes, diabétique, diabétiques, prédiabète, insuline, cancer, cancers,
        cancéreux, cancéreuse, cancérologie, oncologie, tumeur, tumeurs, leucémie, lymphome,
        mélanome, chimiothérapie, radiothérapie, vih, sida, séropositif, séropositifs,
        séropositive, séropositives, hépatite, hépatites, tuberculose, épilepsie, épileptique,
        épileptiques, asthme, asthmatique, asthmatiques, dépression nerveuse, dépressif, dépressifs,
        dépressive, votre dépression, antidépresseur, antidépresseurs, schizophrénie, schizophrène,
        schizophrènes, trouble bipolaire, troubles bipolaires, autisme, autiste, autistes,
        alzheimer, maladie de parkinson, sclérose en plaques, infarctus,
        accident vasculaire cérébral, hypertension, insuffisance cardiaque, insuffisance rénale,
        dialyse, psychiatre, psychiatres, psychiatrie, psychiatrique, psychothérapie, toxicomanie,
        toxicomane, toxicomanes, alcoolisme, boulimie, anorexie, anorexique, obésité, obèse, obèses,
        votre grossesse, votre accouchement, vous êtes enceinte, ivg, avortement, avortements,
        fausse couche, fausses couches, fécondation in vitro, infertilité, ménopause,
        endométriose, fibromyalgie, maladie de crohn, trisomie, migraine, migraines,
        votre handicap, votre invalidité, taux d'invalidité, pension d'invalidité, rqth,
        travailleur handicapé, votre maladie, maladie chronique, maladies chroniques, maladie grave,
        maladies graves, maladie rare, longue maladie, affection de longue durée, arrêt maladie,
        votre pathologie, pathologie chronique, pathologies chroniques, vos symptômes,
        votre ordonnance, votre traitement médical, votre diagnostic médical, diagnostic médical,
        dossier médical, dossiers médicaux, vos antécédents médicaux, antécédents médicaux,
        résultats d'analyses, analyse de sang, analyses de sang, prise de sang, groupe sanguin,
        votre hospitalisation, intervention chirurgicale, opération chirurgicale, votre vaccination,
        statut vaccinal, vos allergies, données de santé, état de santé, problème de santé,
        problèmes de santé, cher patient, chère patiente, chers patients, nos patients,
        diabetes, diabetic, diabetics, insulin, cancerous, oncology, tumor, tumors, tumour, tumours,
        leukemia, leukaemia, lymphoma, melanoma, chemotherapy, radiotherapy, hiv, hiv positive,
        hepatitis, tuberculosis, epilepsy, epileptic, asthma, asthmatic, clinical depression,
        your depression, antidepressant, antidepressants, schizophrenia, schizophrenic,
        bipolar disorder, autism, autistic, parkinson's disease, multiple sclerosis,
        heart attack, heart disease, heart failure, high blood pressure, kidney failure, dialysis,
        psychiatrist, psychiatrists, psychiatric, psychotherapy, drug addiction, alcoholism,
        bulimia, anorexia, anorexic, obesity, obese, your pregnancy, you are pregnant, abortion,
        abortions, miscarriage, ivf, infertility, menopause, endometriosis, fibromyalgia,
        down syndrome, your disability, your illness, your disease, chronic illness,
        chronic illnesses, chronic disease, chronic diseases, chronic pain, sick leave,
        your symptoms, your prescription, your diagnosis, medical diagnosis, medical record,
        medical records, medical history, medical condition, medical conditions, blood test,
        blood tests, blood type, your surgery, surgical operation, vaccination status,
        your allergies, health data, health condition, health conditions, health problem,
        health problems, dear patient, our patients
        """,
        named="""
        santé, health, maladie, maladies, disease, illness, pathologie, pathologies, pathology,
        diagnostic, diagnostics, diagnosis, médical, médicale, medical, médicament, médicaments,
        medication, medications, medicine, ordonnance, prescription, symptôme,
        symptômes, symptom, symptoms, handicap, handicapé, disability, invalidité, grossesse,
        enceinte, pregnancy, pregnant, allergie, allergies, allergy, groupe sanguin, groupesanguin,
        imc, bmi, patient, vaccin, vaccination, vaccinated, ald, hospitalisation
        """,
    ),
    "sexuality": Topic(
        said="""
        orientation sexuelle, orientations sexuelles, préférence sexuelle, préférences sexuelles,
        vie sexuelle, sexualité, sexualités, homosexuel, homosexuels, homosexuelle, homosexuelles,
        homosexualité, hétérosexuel, hétérosexuels, hétérosexuelle, hétérosexuelles, bisexuel,
        bisexuels, bisexuelle, bisexuelles, lesbienne, lesbiennes, gay, gays, transgenre,
        transgenres, transsexuel, transsexuels, transsexuelle, transsexuelles, lgbt, lgbtq, lgbtqi,
        échangiste, échangistes, dysfonction érectile, troubles de l'érection,
        sexual orientation, sexual orientations, sexual preference, sexual preferences, sex life,
        sexuality, homosexual, homosexuals, homosexuality, heterosexual, heterosexuals, bisexual,
        bisexuals, lesbian, lesbians, transgender, transsexual, transsexuals, queer,
        erectile dysfunction
        """,
        named="""
        sexuel, sexuelle, sexual, sexorientation
        """,
    ),
    "offences": Topic(
        said="""
        casier judiciaire, condamnation pénale, condamnations pénales, votre condamnation,
        condamné pour, condamnée pour, condamnés pour, infraction pénale, infractions pénales,
        votre infraction, vos infractions, garde à vue, mis en examen, mise en examen,
        incarcéré, incarcérée, incarcérés, incarcération, ex détenu, ex détenus, délinquant,
        délinquants, délinquante, délinquance, récidiviste, récidivistes, retrait de permis,
        suspension de permis, votre permis suspendu,
        criminal record, criminal records, criminal conviction, criminal convictions, convicted of,
        criminal offence, criminal offences, criminal offense, criminal offenses, your conviction,
        your offence, your offense, ex offender, ex offenders, sex offender, sex offenders,
        incarcerated, incarceration, driving ban
        """,
        named="""
        condamnation, condamnations, infraction, infractions, pénal, délit, délits, conviction,
        convictions, offence, offences, offense, offenses, criminal, détenu, detenus
        """,
    ),
}

NUMBER_NAMES: Final[Mapping[str, str]] = {
    "nir": """
        nir, nss, ssn, num ss, no ss, numss, numéro ss, num sécu, no sécu, numéro sécu, numsecu,
        numéro de sécu, sécurité sociale, securitesociale, social security, social security number,
        socialsecuritynumber
        """,
    "card": """
        carte bancaire, cartebancaire, carte bleue, carte de crédit, carte crédit,
        carte de paiement, carte paiement, numéro cb, num cb, no cb, numcb, cb numéro, cb num,
        credit card, creditcard, debit card, payment card, bank card, card number, cardnumber,
        card num, cvv, cvv2, cvc, cryptogramme
        """,
}

HARMLESS: Final = """
    recherche contre le cancer, lutte contre le sida, tropique du cancer, tropic of cancer,
    politique de confidentialité, politique confidentialité, politique de retour,
    race du chien, race chien, race du chat, race chat, race animal, race de l'animal, dog race,
    accès handicap, diagnostic immobilier, diagnostic énergétique, diagnostic dpe, gay lussac
    """

_ZODIAC = (
    "horoscope, zodiaque, zodiac, astrologie, astro, astrology, ascendant, bélier, taureau, gémeaux"
)
_DEVICES = (
    "smartphone, smartphones, téléphone, tablette, ordinateur, écran, déverrouillage, déverrouillez,"
    " capteur, lecteur, serrure, phone, tablet, laptop, unlock, sensor, reader, lock"
)
UNLESS: Final[Mapping[str, str]] = {
    "cancer": _ZODIAC,
    "cgt": "capital gains, tax, allowance",
    "votre handicap": "golf, golfeur, golfeurs",
    "empreinte digitale": _DEVICES,
    "empreintes digitales": _DEVICES,
    "reconnaissance faciale": _DEVICES,
    "fingerprint": _DEVICES,
    "fingerprints": _DEVICES,
    "facial recognition": _DEVICES,
    "face recognition": _DEVICES,
}
