"""The clusters that a batch touches, read once each from the database under the resolver lane."""

from collections.abc import Iterable, Mapping

from profiles.configuration import Configuration
from profiles.database import BigInts, binary_cursor
from profiles.golden.cards import Flags, Member
from profiles.golden.folds import decode_fold
from profiles.identity import sql


class Clusters:
    """Whole clusters: every member with its fold, and the flags of each."""

    def __init__(self, configuration: Configuration) -> None:
        self.members: dict[int, Member] = {}
        self.by_root: dict[int, dict[int, Member]] = {}
        self.flags: dict[int, Flags] = {}
        self._with_card: set[int] = set()
        self.configuration = configuration

    def load(self, ids: Iterable[int], likely_roots: Mapping[int, int] | None = None) -> None:
        """Read the clusters of some identifiers, those that are not held yet.

        `likely_roots` are as they were a moment ago, outside the lane: most still hold, and need not be asked for.
        """
        missing = set(ids) - self.members.keys()
        if likely_roots:
            self.load_roots(likely_roots[id_] for id_ in missing if id_ in likely_roots)
            missing -= self.members.keys()
        if not missing:
            return
        with binary_cursor() as cursor:
            cursor.execute(sql.READ_ROOTS, (BigInts(sorted(missing)),))
            roots = {root for _, root in cursor.fetchall()}
        self.load_roots(roots)

    def load_roots(self, roots: Iterable[int]) -> None:
        """Read some clusters by root, those that are not held yet."""
        missing = sorted(set(roots) - self.by_root.keys())
        if not missing:
            return
        types = self.configuration.types_by_id
        with binary_cursor() as cursor, binary_cursor() as flags:
            cursor.execute(sql.READ_MEMBERS, (BigInts(missing),))
            flags.execute(sql.READ_FLAGS, (BigInts(missing),))
            for id_, root, type_id, value, profile_id, shared, verified, denied, state in cursor.fetchall():
                fold = None if state is None else decode_fold(state)
                member = Member(id_, root, types[type_id], value, profile_id, shared, verified, denied, fold)
                self.members[id_] = member
                self.by_root.setdefault(root, {})[id_] = member
            for root, contested, claimed in flags.fetchall():
                self.flags[root] = Flags(contested, claimed)
                self._with_card.add(root)
        for root in missing:
            self.flags.setdefault(root, Flags())

    def is_born(self, id_: int) -> bool:
        """Whether an identifier was never resolved before: it heads itself and has no card yet."""
        return self.members[id_].root == id_ and id_ not in self._with_card

    def move(self, id_: int, root: int) -> None:
        """Put an identifier into another cluster."""
        member = self.members[id_]
        old = self.by_root[member.root]
        del old[id_]
        if not old:
            del self.by_root[member.root]
        member.root = root
        self.by_root.setdefault(root, {})[id_] = member
        self.flags.setdefault(root, Flags())
