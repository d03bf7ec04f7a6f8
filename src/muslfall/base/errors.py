"""The errors that a user should read as a message rather than as a traceback."""

from __future__ import annotations

from collections.abc import Sequence

from muslfall.base.printable import printable, printable_lines


class MuslfallError(Exception):
    """Something failed; the command ends with exit code 1.

    what: what is wrong, one sentence without a full stop; or several lines of equal rank.
    where: the file, key, component or URL that it is about.
    hint: what to do next.
    problems: the single problems behind this one, gathered and raised once.
    Whatever of it came from outside is escaped where it is printed.
    """

    exit_code = 1

    def __init__(
        self,
        what: str | Sequence[str],
        where: object = None,
        hint: str | None = None,
        problems: Sequence[object] = (),
    ) -> None:
        lines = (what,) if isinstance(what, str) else tuple(what)
        self.what = "\n".join(map(printable, lines))
        super().__init__(self.what)
        self.where = where
        self.hint = hint
        self.problems = tuple(problems)

    def __str__(self) -> str:
        head = self.what if self.where is None else f"{printable(self.where)}: {self.what}"
        lines = [head + (":" if self.problems else "")]
        for problem in self.problems:
            text = str(problem)
            text = text if isinstance(problem, MuslfallError) else printable_lines(text)
            lines.append("  " + text.replace("\n", "\n  "))
        if self.hint:
            lines.append(f"  try: {printable(self.hint)}")
        return "\n".join(lines)

    def within(self, where: object) -> MuslfallError:
        """The same, as a problem of something larger that `where` names."""
        place = where if self.where is None else f"{where}: {self.where}"
        return MuslfallError(self.what.split("\n"), place, self.hint, self.problems)


class UsageError(MuslfallError):
    """The command line is wrong; the command ends with exit code 2."""

    exit_code = 2


def raise_gathered(problems: Sequence[MuslfallError], what: str, hint: str | None = None) -> None:
    """Raise one error for all `problems`: the problem itself when it is alone; none: return."""
    if not problems:
        return
    if len(problems) == 1 and hint is None:
        raise problems[0]
    raise MuslfallError(what, hint=hint, problems=problems)
