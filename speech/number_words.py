"""Numbers as American English says them: cardinals, ordinals, years, digit strings. Words only, no grammar."""

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
_IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def cardinal(number: int) -> str:
    """335 -> "three hundred thirty-five". Not negative."""
    for size, name in _SCALES:
        if number >= size:
            rest = f" {cardinal(number % size)}" if number % size else ""
            return f"{cardinal(number // size)} {name}{rest}"
    if number < 20:
        return _UNITS[number]
    return _TENS[number // 10] + (f"-{_UNITS[number % 10]}" if number % 10 else "")


def ordinal(number: int) -> str:
    """27 -> "twenty-seventh"."""
    words = cardinal(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:cut], words[cut:]
    if last in _IRREGULAR_ORDINALS:
        return head + _IRREGULAR_ORDINALS[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """2026 -> "twenty twenty-six", 2005 -> "two thousand five", 1900 -> "nineteen hundred"."""
    century, rest = divmod(number, 100)
    if 2000 <= number < 2010 or not 1000 <= number < 10_000:
        return cardinal(number)
    if rest == 0:
        return cardinal(number) if century % 10 == 0 else f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {cardinal(rest)}' if rest < 10 else cardinal(rest)}"


def digits(number: str, *, zero: str = "zero", group: int = 0) -> str:
    """`0142` -> "zero one four two". `group` > 0 puts a comma, a short pause, after every so many digits."""
    words = [zero if digit == "0" else _UNITS[int(digit)] for digit in number]
    if not group:
        return " ".join(words)
    return ", ".join(" ".join(words[start : start + group]) for start in range(0, len(words), group))


def room(number: str) -> str:
    """A room as a desk says it: 12 "twelve", 204 "two oh four", 1204 "twelve oh four", 300 "three hundred"."""
    if number.startswith("0") or len(number) > 4:
        return digits(number, zero="oh")
    floor, door = divmod(int(number), 100)
    if not floor:
        return cardinal(door)
    if not door:
        return f"{cardinal(floor)} hundred"
    return f"{cardinal(floor)} {f'oh {cardinal(door)}' if door < 10 else cardinal(door)}"


def phone(number: str) -> str:
    """The digits of a telephone number in the groups people write them in: 3, 3, 2, 2 for ten of them."""
    if len(number) == 11 and number.startswith("1"):
        number = number[1:]
    if len(number) == 10:
        return ", ".join(digits(part) for part in (number[:3], number[3:6], number[6:8], number[8:]))
    if len(number) == 7:
        return ", ".join(digits(part) for part in (number[:3], number[3:5], number[5:]))
    return digits(number, group=3)
