"""What commands say of a trust list: its age, its signer, what changed, what could not be understood."""

from collections.abc import Sequence
from typing import Final

from vaguemestre.cli.language import in_words
from vaguemestre.cli.output import Value, complain, moment, plain, print_table, say
from vaguemestre.mail.sentence import DAY, Sentence, counted
from vaguemestre.mail.trust_list import TrustEntry
from vaguemestre.service.ports.trust_list import VerifiedList
from vaguemestre.service.trust.keeping import Refreshed, TrustKeeping

_SHOWN: Final = 40  # domains of each sort, in a table


def figures_json(keeping: TrustKeeping) -> Value:
    """What is held, and whether it may be acted on."""
    held, age = keeping.held, keeping.space.age
    if held is None or age is None:
        return None
    return {
        "generated_at": plain(held.trust_list.generated_at),
        "age_days": age.days,
        "warned_after_days": keeping.terms.warn_after.days,
        "refused_after_days": keeping.terms.longest_age.days,
        "current": keeping.space.is_current,
        "entries": len(held.trust_list),
        "domains": len(held.trust_list.domains()),
        "certificates": held.trust_list.names(),
        "signer": held.signer,
        "signer_until": plain(held.signed_until),
        "source": keeping.source.name,
    }


def tell_figures(keeping: TrustKeeping) -> None:
    """One line; on standard error, with what follows from it, when the list is old."""
    held, age = keeping.held, keeping.space.age
    if held is None or age is None:
        return
    ours = held.trust_list
    domains, names, made = len(ours.domains()), ours.names(), moment(ours.generated_at)
    until = f"{held.signed_until:%Y-%m-%d}"
    old = counted(age.days, *DAY)
    line = Sentence(
        f"{domains} domaines, {names} certificats ; liste du {made} UTC, {old.fr} ; "
        f"certificat du signataire jusqu'au {until}.",
        f"{domains} domains, {names} certificates; list of {made} UTC, {old.en} old; "
        f"signer's certificate until {until}.",
    )
    is_old = age > keeping.terms.warn_after
    (complain if is_old else say)(in_words(line))
    if is_old:
        complain(in_words(old_age(keeping)))


def old_age(keeping: TrustKeeping) -> Sentence:
    """What comes of a list that is old."""
    if keeping.space.is_current:
        days = keeping.terms.longest_age.days
        return Sentence(
            f"Elle est ancienne : à {days} jours, le courrier des autres opérateurs attendra.",
            f"It is old: at {days} days, mail of other operators will wait.",
        )
    return Sentence(
        "Elle est trop ancienne : le courrier des autres opérateurs attend (451).",
        "It is too old: mail of other operators waits (451).",
    )


def tell_difference(done: Refreshed) -> None:
    """Domains that came, went, or changed hands."""
    difference = done.difference
    if difference is None:
        return
    if done.is_first:
        say(in_words(Sentence("Première liste prise.", "First list taken.")))
        return
    if not difference:
        say(in_words(Sentence("Aucun changement.", "Nothing changed.")))
        return
    sorts = (
        (Sentence("ajouté", "added"), difference.added),
        (Sentence("retiré", "gone"), difference.gone),
        (Sentence("autres certificats", "other certificates"), difference.changed),
    )
    rows = [(in_words(sort), domain) for sort, domains in sorts for domain in _some(domains)]
    heads = Sentence("changement", "change"), Sentence("domaine", "domain")
    print_table("", [in_words(head) for head in heads], rows)
    said = ", ".join(f"{in_words(sort)}: {len(domains)}" for sort, domains in sorts)
    say(f"{said}.")


def tell_skipped(found: VerifiedList) -> None:
    """Entries that nobody is trusted by."""
    if found.skipped:
        skipped = counted(
            len(found.skipped),
            Sentence("entrée ignorée :", "entry skipped:"),
            Sentence("entrées ignorées :", "entries skipped:"),
        )
        complain(in_words(skipped))
        for one in found.skipped[:_SHOWN]:
            complain(f"  {one.domain or '?'}: {one.reason}")


def difference_json(done: Refreshed) -> dict[str, Value]:
    """All of it."""
    difference = done.difference
    if difference is None:
        return {"added": [], "gone": [], "changed": []}
    return {
        "first": done.is_first,
        "added": list(difference.added),
        "gone": list(difference.gone),
        "changed": list(difference.changed),
    }


def found_json(found: VerifiedList) -> dict[str, Value]:
    """Who signed, and what was skipped."""
    skipped: Value = [{"domain": one.domain, "reason": one.reason} for one in found.skipped]
    return {"signer": found.signer, "signer_until": plain(found.signed_until), "skipped": skipped}


def entry_json(entry: TrustEntry) -> Value:
    """One pair, as the list writes it."""
    return {
        "domain": entry.domain,
        "subject": str(entry.subject),
        "description": entry.description,
        "updated_at": plain(entry.updated_at),
    }


def _some(domains: Sequence[str]) -> list[str]:
    more = len(domains) - _SHOWN
    return [*domains[:_SHOWN], *([f"… {more} (--json)"] if more > 0 else [])]
