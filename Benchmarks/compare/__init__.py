"""The parts of compare.py: who takes part, what is compared, the rounds, the table, the machine."""


class Failure(Exception):
    """What ends a comparison: an exit code, and one line that says what and why."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code
