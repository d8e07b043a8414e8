"""Random sentences from the templates in templates/, whose words in braces are methods and lists of Phrases."""
import random
import re
from pathlib import Path

from words import WORDS

TEMPLATES = Path(__file__).parent / "templates"
ONES = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ODD = dict(one="first", two="second", three="third", five="fifth", eight="eighth", nine="ninth", twelve="twelfth")


def number(n):
    """A whole number below a million in words, without hyphens."""
    if n < 20:
        return "zero" if n == 0 else ONES[n - 1]
    if n < 100:
        return TENS[n // 10 - 2] + (f" {ONES[n % 10 - 1]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100 - 1]} hundred" + (f" and {number(n % 100)}" if n % 100 else "")
    rest = n % 1000
    return f"{number(n // 1000)} thousand" + ("" if not rest else f" and {number(rest)}" if rest < 100 else f" {number(rest)}")


def ordinal(n):
    """The ordinal of a number below a hundred in words."""
    *head, last = number(n).split()
    last = ODD.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*head, last])


class Phrases:
    """Random phrases. Each method returns one phrase of its kind."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.known = {p.stem: p.read_text(encoding="utf-8").splitlines() for p in TEMPLATES.glob("*.txt")}

    def sentence(self, kind):
        """A sentence from a random template of a file."""
        text = self.fill(self.rng.choice(self.known[kind]))
        text = re.sub(r" +", " ", text)
        return text[0].upper() + text[1:]

    def sentences(self, kind, many, known=(), longest=150):
        """Different sentences of a kind, `many` or as many as are found. None of them is in `known`."""
        made = {}
        for _ in range(3 * many):
            text = self.sentence(kind)
            if text.lower() not in known and len(text) <= longest:
                made[text] = None
            if len(made) == many:
                break
        return list(made)

    def fill(self, template):
        """A template with its words in braces replaced."""
        return re.sub(r"\{(\w+)\}", lambda m: self.phrase(m.group(1)), template)

    def phrase(self, name):
        """A phrase by the name of a method or of a list of words."""
        return getattr(self, name)() if hasattr(self, name) else self.rng.choice(WORDS[name])

    def pick(self, *templates):
        """One of several templates, filled."""
        return self.fill(self.rng.choice(templates))

    def below(self, top, bottom=2):
        """A random number in words."""
        return number(self.rng.randrange(bottom, top))

    def person(self):
        return self.pick("{first}", "{first}", "{first} {last}", "{title} {last}")

    def a(self):
        adj = self.phrase("adj")
        return f"{'an' if adj[0] in 'aeiou' else 'a'} {adj} {self.phrase('thing')}"

    def the(self):
        return self.pick("the {adj} {thing}", "the {thing}")

    def low(self):
        return self.below(100)

    def hour(self):
        return self.below(13, 1)

    def count(self):
        r = self.rng
        return number(r.choice([r.randrange(2, 21), r.randrange(2, 100), r.randrange(100, 1000), r.randrange(1000, 10000),
                                r.randrange(1, 10) * 100, r.randrange(1, 1000) * 1000]))

    def ordinal(self):
        return ordinal(self.rng.randrange(1, 100))

    def year(self):
        a, top = self.rng.choice([(18, 100), (19, 100), (20, 25)])
        n = self.rng.randrange(1, top)
        if a == 20 and n < 10:
            return f"two thousand and {number(n)}"
        return f"{number(a)} {'oh ' + number(n) if n < 10 else number(n)}"

    def clock(self):
        n = self.rng.randrange(1, 60)
        minute = f"oh {number(n)}" if n < 10 else number(n)
        return self.pick("{hour} o'clock", "half past {hour}", "a quarter to {hour}", "a quarter past {hour}", "{hour} " + minute,
                         "{hour} " + minute + " AM", "{hour} " + minute + " PM", "{hour} AM", "{hour} PM", "five to {hour}",
                         "ten past {hour}", "twenty to {hour}", "twenty five past {hour}")

    def date(self):
        day = ordinal(self.rng.randrange(1, 32))
        return self.pick("{month} " + day, "the " + day + " of {month}", "{day}, {month} " + day, "{month} " + day + ", {year}")

    def money(self):
        tenth = self.below(10)
        return self.pick("{low} dollars", "{low} dollars and {low} cents", "{count} dollars", "{low} euros", "{low} pounds",
                         "{hour} point " + tenth + " million dollars", "{low} cents")

    def digits(self, n=None):
        return " ".join(self.below(10, 0) for _ in range(n or self.rng.randrange(3, 8)))

    def three(self):
        return self.digits(3)

    def four(self):
        return self.digits(4)

    def amount(self):
        return self.pick("{count} {many}", "{low} percent", "{hour} point {digits}", "{hour} and a half {many}", "{part} of the {many}",
                         "minus {low} degrees", "{low} degrees")

    def clause(self):
        return self.fill(self.rng.choice(self.known["clauses"]))
