"""What the identity tab says, in the reader's language: types, refusals, decisions and explanations."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.actors import actor_shown
from cxprofiles.day_words import day_in_words
from cxprofiles.portal.words import IDENTIFIERS, Words, named
from profiles.identity.clustering import DIFFERENT, LIMIT, MAX_CLUSTER, SHARED, SIZE, UNIFICATION
from profiles.identity.explanation import MOST_SENTENCES, Explanation, Step
from profiles.identity.graph import ShownLink
from profiles.identity.types import TypeRule
from profiles.models import Decision

KINDS: Words = {
    "deterministic": _("seen by a trusted source"),
    "claimed": _("only claimed by public sources"),
    "probabilistic": _("probable, by comparison"),
}
VERDICTS: Words = {"same": _("Same person"), "different": _("Different people")}
ALIAS = "system:alias"


def type_said(name: str) -> str:
    """What a type of identifiers is called."""
    return named(IDENTIFIERS, name)


def refusal_said(code: str, types: Mapping[str, TypeRule]) -> str:
    """Why a link joins nobody, as a sentence; empty for one that does."""
    kind, colon, name = code.partition(":")
    rule = types.get(name)
    if code == DIFFERENT:
        return gettext("A decision says that the two sides are different people.")
    if kind + colon == LIMIT:
        most = rule.per_profile if rule and rule.per_profile is not None else 1
        return ngettext(
            "A profile holds at most %(most)s %(type)s; together they would have more.",
            "A profile holds at most %(most)s of the kind %(type)s; together they would have more.",
            most,
        ) % {"most": most, "type": type_said(name)}
    if code == SIZE:
        return gettext("A profile holds at most %(most)s identifiers; together they would have more.") % {
            "most": MAX_CLUSTER
        }
    if kind + colon == SHARED:
        return gettext("%(type)s is shared by too many people: it tells nobody apart, so it links nobody.") % {
            "type": type_said(name)
        }
    if code == UNIFICATION:
        return gettext("This person does not want their data to be brought together.")
    return gettext("Refused by a rule (%(code)s).") % {"code": code} if code else ""


def times_said(count: int) -> str:
    """How often, in words."""
    return ngettext("once", "%(count)s times", count) % {"count": count}


def needs_two_said() -> str:
    """Why a decision cannot be taken back by one alone, and what to do instead."""
    return gettext(
        "Taking this back would make a large profile, so a second member of staff has to agree. "
        "Join the two profiles as the same person instead: that waits on the work list for a colleague."
    )


def day_said(at: datetime) -> str:
    """A day in the reader's time zone, in words."""
    return day_in_words(timezone.localtime(at))


def period_said(first: datetime, last: datetime) -> str:
    """When, as one day or from one to another."""
    if day_said(first) == day_said(last):
        return gettext("on %(day)s") % {"day": day_said(first)}
    return gettext("from %(first)s to %(last)s") % {"first": day_said(first), "last": day_said(last)}


def explanation_said(found: Explanation, names: Mapping[int, str], who: Mapping[str, str]) -> list[str]:
    """Why two identifiers are together, or not, by sentences. `names`: of identifiers by id; `who`: of actors."""
    if found.same:
        steps = [step_said(step, names, who) for step in found.path]
        return steps or [gettext("They are one and the same identifier.")]
    sentences = [apart_said(item, names, who) for item in found.apart]
    sentences += [refused_said(link, names) for link in found.refused]
    if not sentences:
        return [gettext("Nothing that was seen or decided ties their profiles to each other.")]
    left = len(sentences) - MOST_SENTENCES
    return sentences if left <= 0 else [*sentences[:MOST_SENTENCES], more_said(left)]


def more_said(left: int) -> str:
    """That there is more of the same."""
    return ngettext("There is %(left)s more such reason.", "There are %(left)s more such reasons.", left) % {
        "left": left
    }


def step_said(step: Step, names: Mapping[int, str], who: Mapping[str, str]) -> str:
    """One step of the way from one identifier to the other."""
    ends = {"a": names[step.a], "b": names[step.b]}
    if step.link is not None:
        told = {
            **ends,
            "times": times_said(step.link.count),
            "when": period_said(step.link.first_at, step.link.last_at),
            "sources": ", ".join(step.link.sources),
        }
        if step.link.kind == "claimed":
            return gettext("%(a)s and %(b)s were seen together %(times)s %(when)s, only claimed by %(sources)s.") % told
        return gettext("%(a)s and %(b)s were seen together %(times)s %(when)s by %(sources)s.") % told
    if step.decision is not None:
        return gettext("%(who)s decided on %(day)s that %(a)s and %(b)s are the same person.") % {
            **ends,
            "who": who.get(step.decision.actor, step.decision.actor),
            "day": day_said(step.decision.decided_at),
        }
    return gettext("%(a)s and %(b)s are tied.") % ends


def apart_said(decision: Decision, names: Mapping[int, str], who: Mapping[str, str]) -> str:
    """A decision that keeps two identifiers apart."""
    return gettext("%(who)s decided on %(day)s that %(a)s and %(b)s are different people.") % {
        "who": who.get(decision.actor, decision.actor),
        "day": day_said(decision.decided_at),
        "a": names[decision.a_id],
        "b": names[decision.b_id],
    }


def refused_said(link: ShownLink, names: Mapping[int, str]) -> str:
    """A link that did not join its ends. The reason was put into the reader's words before."""
    return gettext("%(a)s and %(b)s were seen together %(times)s, but that joins nobody: %(reason)s") % {
        "a": names[link.a],
        "b": names[link.b],
        "times": times_said(link.count),
        "reason": link.reason,
    }


def actor_said(actor: str, names: Mapping[str, str]) -> str:
    """Who decided, as a decision's row names them. `names`: of members of staff, by actor."""
    return gettext("A source (alias)") if actor == ALIAS else actor_shown(actor, names)
