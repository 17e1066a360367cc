"""What letters call the kinds of records that something could not be done with, by language. Pure.

The person is told a kind and how many, never the name of a table.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

ALL, OTHERS = "all", "others"
KINDS: Mapping[str, str] = {
    "*": ALL,
    "identifier": "identifiers",
    "consent.AccessLog": "accesses",
    "consent.ConsentDecision": "consents",
    "consent.Message": "messages",
    "consent.Package": "messages",
    "profiles.Card": "identifiers",
    "profiles.Identifier": "identifiers",
    "profiles.Inbox": "interactions",
    "profiles.Interaction": "interactions",
    "profiles.Interaction of others": "interactions",
    "profiles.Link": "links",
    "profiles.Quarantine": "interactions",
    "profiles.TraitFact": "traits",
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        ALL: "all of it",
        "identifiers": "identifiers",
        "interactions": "things you did with us",
        "links": "links between identifiers",
        "traits": "details about you",
        "consents": "your choices",
        "accesses": "records of who looked at your data",
        "messages": "messages to you",
        OTHERS: "other records",
    },
    "de": {
        ALL: "alles",
        "identifiers": "Kennungen",
        "interactions": "was Sie bei uns getan haben",
        "links": "Verknüpfungen zwischen Kennungen",
        "traits": "Angaben über Sie",
        "consents": "Ihre Entscheidungen",
        "accesses": "Aufzeichnungen darüber, wer Ihre Daten angesehen hat",
        "messages": "Nachrichten an Sie",
        OTHERS: "weitere Aufzeichnungen",
    },
    "id": {
        ALL: "semuanya",
        "identifiers": "pengenal",
        "interactions": "hal yang Anda lakukan bersama kami",
        "links": "tautan antara pengenal",
        "traits": "keterangan tentang Anda",
        "consents": "pilihan Anda",
        "accesses": "catatan tentang siapa yang melihat data Anda",
        "messages": "pesan untuk Anda",
        OTHERS: "catatan lain",
    },
}


def gaps_in_words(gaps: Iterable[tuple[str, int]], language: str) -> str:
    """What is left, out of (store, rows), in a language that letters have: each kind once, with how many of it there
    are where that is known."""
    counted = Counter[str]()
    for store, rows in gaps:
        counted[KINDS.get(store, OTHERS)] += rows
    words = WORDS[language]
    return ", ".join(f"{words[kind]} ({rows})" if rows else words[kind] for kind, rows in counted.items())
