"""What can go wrong on this machine, and what to do about it.

LocalError              anything that a person is told in one line
  SetupError            something is missing, taken or malformed; `cure` says what to do. Exit code 2
    SceneError          a scene file is wrong; names the file and the field
  ProcessFailed         a process of the stack ended or never got ready; carries the last lines of its log. Exit code 2
"""

from pathlib import Path


class LocalError(Exception):
    """Base of all that the command line prints without a traceback."""


class SetupError(LocalError):
    def __init__(self, problem: str, cure: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.problem}\n  {self.cure}" if self.cure else self.problem


class SceneError(SetupError):
    def __init__(self, source: Path, field: str, problem: str) -> None:
        super().__init__(f"{source.name}: {field}: {problem}" if field else f"{source.name}: {problem}")
        self.source = source
        self.field = field


class ProcessFailed(LocalError):
    def __init__(self, name: str, what: str, log: Path, last_lines: list[str]) -> None:
        super().__init__(f"{name} {what}")
        self.name = name
        self.what = what
        self.log = log
        self.last_lines = last_lines

    def __str__(self) -> str:
        lines = [f"{self.name} {self.what}", f"  log: {self.log}", *(f"  | {line}" for line in self.last_lines)]
        if cure := self.cure:
            lines.append(f"  {cure}")
        return "\n".join(lines)

    @property
    def cure(self) -> str:
        text = "\n".join(self.last_lines)
        if "ModuleNotFoundError" in text or "ImportError" in text or "No module named" in text:
            return "A package is missing: run `make setup`."
        if "Address already in use" in text or "Errno 98" in text or "Errno 48" in text:
            return "Its port was taken by another program meanwhile: start again."
        return ""
