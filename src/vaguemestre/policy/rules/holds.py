"""Messages that are to be released later: how long, how many, and where they wait. RFC 4865 §3."""

from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def release_is_ahead(case: SenderCase) -> Verdict:
    """HLD-1: a message is released in the future, and before the limit. RFC 4865 §3."""
    if case.hold is None or case.content is not None:
        return abstain("HLD-1")  # asked at MAIL alone: the message may take longer to come than it is held
    longest = case.policy.limits.longest_hold
    if case.hold.until <= case.hold.now:
        return refuse(
            "HLD-1", 501, 5, 4, fr="L'heure d'envoi demandée est passée", en="The moment of release is past"
        )
    if case.hold.until - case.hold.now <= longest:
        return abstain("HLD-1")
    return refuse(
        "HLD-1",
        501,
        5,
        4,
        fr=f"L'envoi d'un message peut être différé de {longest.days} jours au plus",
        en=f"A message is held for {longest.days} days at most",
    )


def few_are_held(case: SenderCase) -> Verdict:
    """HLD-2: so many messages of an account wait at once, and no more. RFC 4865 §3."""
    most = case.policy.limits.held
    if case.hold is None or case.hold.waiting < most:
        return abstain("HLD-2")
    # 451 as for the allowances: a client that hears 452 sends the rest at once, and here it shall wait.
    return refuse(
        "HLD-2",
        451,
        7,
        1,
        fr=f"{most} de vos messages attendent déjà leur heure d'envoi : réessayez plus tard",
        en=f"{most} messages of yours wait to be released: try again later",
    )


def held_message_has_room(case: SenderCase) -> Verdict:
    """HLD-3: what waits lies in its sender's own mailbox, and must fit there. RFC 4865 §3."""
    sender = case.account
    if case.hold is None or case.content is None or sender is None or not sender.quota:
        return abstain("HLD-3")
    if case.hold.until <= case.hold.now:
        return abstain("HLD-3")  # it waits no more
    if sender.used + case.content.size <= sender.quota:
        return abstain("HLD-3")
    return refuse(
        "HLD-3",
        452,
        2,
        2,
        fr="Votre boîte aux lettres est pleine, où ce message attendrait : faites d'abord de la place",
        en="Your mailbox is full, where this message would wait: make room first",
    )


def message_outlives_its_wait(case: SenderCase) -> Verdict:
    """HLD-4: a message whose Expires comes before its release would reach nobody. RFC 4021 §2.1.50."""
    if case.hold is None or case.content is None or case.content.expires is None:
        return abstain("HLD-4")
    if case.content.expires > case.hold.until:
        return abstain("HLD-4")
    return refuse(
        "HLD-4",
        550,
        4,
        7,
        fr="Le message expire avant son heure d'envoi",
        en="The message expires before it is to be released",
    )


def release_is_in_time(case: SenderCase) -> Verdict:
    """HLD-5: a message whose time has passed while it waited is not released any more. RFC 2852 §4."""
    end = None if case.hold is None else case.hold.useless_after
    if case.hold is None or end is None or end > case.hold.now:
        return abstain("HLD-5")
    return refuse(
        "HLD-5",
        550,
        4,
        7,
        fr="Le moment où ce message devait être remis est passé",
        en="The time by which this message was to be delivered has passed",
    )
