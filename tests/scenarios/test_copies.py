"""A database that is not the one that dispatched before: a restore, a clone, a failover."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from engine import control
from engine.adoption import Adopted, StrangeDatabase, adopt, require_own
from engine.store import identity
from engine.store.tables import blocks, campaigns, store_identity
from tests.scenarios.site import Site, after, people

Sites = Callable[..., Site]


def become_a_copy(site: Site) -> None:
    """Make the database remember that it is another one."""
    require_own(site.app)
    with site.app.db.write() as connection:
        connection.execute(sa.update(store_identity).values(fingerprint="another"))


def test_the_first_to_open_a_new_database_may_dispatch(site: Site) -> None:
    require_own(site.app)
    require_own(site.app)


def test_two_processes_may_be_the_first_at_once(site: Site) -> None:
    app = site.app
    with app.db.read() as connection:
        own = identity.fingerprint(app.db, connection)
    with ThreadPoolExecutor(1) as other:
        with app.db.write() as connection:
            identity.adopt_new(connection, own, app.clock.now())
            second = other.submit(require_own, app)
            time.sleep(0.2)  # the second waits for the lock that the first one holds
        second.result(10)
    with app.db.read() as connection:
        assert identity.known(connection) == {own}


def test_a_copy_does_not_dispatch_until_it_was_adopted(site: Site) -> None:
    become_a_copy(site)
    with pytest.raises(StrangeDatabase, match="chappe migrate --adopt"):
        require_own(site.app)
    adopt(site.app, Adopted.MOVED)
    require_own(site.app)


def test_a_database_that_was_moved_goes_on_where_it_stood(site: Site) -> None:
    relay = site.provider()
    campaign = site.submit(*people(3))
    site.plan()
    become_a_copy(site)
    assert adopt(site.app, Adopted.MOVED) == 0
    site.run()
    assert campaign.outcomes == {"sent": 3}
    assert len(relay.reached) == 3


def test_after_a_restore_whatever_was_open_is_in_doubt_and_nothing_is_sent(
    new_site: Sites,
) -> None:
    site = new_site(batch_size=2)
    relay = site.provider()
    done = site.submit(*people(2, "done.test"))
    site.run()
    planned = site.submit(*people(5, "planned.test"))
    site.plan()
    received = site.submit(*people(4, "received.test"))
    become_a_copy(site)
    assert adopt(site.app, Adopted.RESTORED) == 3
    site.finish()
    assert done.outcomes == {"sent": 2}
    assert planned.outcomes == {"in_doubt": 5}
    assert received.finished
    assert received.outcomes == {}
    assert len(relay.reached) == 2


def _without_keys(site: Site, *scopes: str) -> None:
    """Leave the database as a copy is, beside a keyring in which an erasure went on since."""
    for scope in scopes:
        assert site.app.vault.destroy_scope(site.controller.name, scope)


def _blocks_without_keys(site: Site) -> None:
    with site.app.db.read() as connection:
        sealed = [bytes(one) for one in connection.scalars(sa.select(blocks.c.sealed))]
    site.app.vault.destroy(sealed)


def test_whom_no_key_opens_any_more_waits_with_the_reason_and_ends_with_the_campaign(
    new_site: Sites,
) -> None:
    site = new_site(batch_size=4)
    relay = site.provider()
    campaign = site.submit(*people(10), schedule={"not_after": after(3600)})
    site.plan()
    _blocks_without_keys(site)
    site.run()
    assert campaign.outcomes == {}
    assert [(one.reason, one.recipients) for one in campaign.overview.tries] == [
        ("key_destroyed", 10)
    ]
    site.clock.move(3601)
    site.finish()
    assert campaign.outcomes == {"expired": 10}
    assert campaign.audit.holds
    assert relay.asked == []


def test_a_campaign_whose_content_no_key_opens_can_be_cancelled(new_site: Sites) -> None:
    site = new_site(batch_size=4)
    relay = site.provider()
    campaign = site.submit(*people(6))
    site.plan()
    with site.app.db.read() as connection:
        sealed = connection.scalar(sa.select(campaigns.c.sealed_job))
    site.app.vault.destroy([bytes(sealed or b"")])
    site.run()
    control.cancel(site.app, campaign.name, site.controller.name)
    site.finish()
    assert campaign.outcomes == {"cancelled": 6}
    assert relay.asked == []


def test_what_was_restored_becomes_in_doubt_although_no_key_opens_it(new_site: Sites) -> None:
    site = new_site(batch_size=4)
    relay = site.provider()
    campaign = site.submit(*people(6))
    site.plan()
    become_a_copy(site)
    adopt(site.app, Adopted.RESTORED)
    _without_keys(site, f"campaign:{campaign.id}")
    site.finish()
    assert campaign.outcomes == {"in_doubt": 6}
    assert campaign.audit.holds
    assert relay.asked == []
