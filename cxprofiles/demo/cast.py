"""Who the demonstration is about: a shop for the home, its customers, and what it sells."""

from dataclasses import dataclass

from cxprofiles.demo.records import Record

SHOP = "fernhill.example"
TILL_ADDRESS = f"till@{SHOP}"  # what a till writes when a customer gives no address
PLACEHOLDER = f"noreply@{SHOP}"
PLACEHOLDER_OF_TESTERS = "test@test.com"
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Article:
    """Something that the shop sells; the price in cents."""

    sku: str
    name: str
    cents: int

    @property
    def price(self) -> float:
        return self.cents / 100


ARTICLES = (
    Article("CH-201", "Oak chair", 18900),
    Article("TB-117", "Side table", 24900),
    Article("LP-310", "Reading lamp", 7950),
    Article("RG-044", "Wool rug", 32000),
    Article("CU-512", "Linen cushion", 3450),
    Article("PT-090", "Fern in a pot", 1990),
    Article("SH-230", "Wall shelf", 5900),
    Article("BL-761", "Blanket", 8900),
)


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone with an account. `number` is the record that the customer named when the account was opened."""

    user_id: str
    first_name: str
    last_name: str
    email: str = ""
    phone: str = ""
    card: str = ""
    number: str = ""
    city: str = ""

    def traits(self) -> dict[str, str]:
        """What the account says."""
        said = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "phone": self.phone,
            "loyalty_id": self.card,
            "city": self.city,
        }
        return {name: value for name, value in said.items() if value}


# The customers of the records who also shop here: the record that tells of them, and what they are called.
# Their e-mail and phone are the record's own. `named`: they gave their customer number, because the record has
# nothing else that is theirs alone.
@dataclass(frozen=True, slots=True)
class Known:
    """A customer of one of the three systems who has an account too."""

    record: str
    user_id: str
    first_name: str
    last_name: str
    card: str = ""
    city: str = ""
    named: bool = False


ELLIE = Known("f8c73afc574e", "ellie.ohare", "Ellie", "O'Hare", card="FH-100001", city="Chicago")
NAMESAKE = Known("11034e0bc5ec", "ellie.desquire", "Ellie", "D'Esquire", card="FH-100002")
GEORGE = Known("d745a956422f", "george.wiest", "George", "Wiest", card="FH-100003")
MARY = Known("f14fbd72fb40", "mary.kusha", "Mary", "Kusha")
EDWARD = Known("4c01d83e431b", "edward.kusha", "Edward", "Kusha", named=True)

KNOWN = (
    ELLIE,
    NAMESAKE,
    GEORGE,
    MARY,
    EDWARD,
    Known("faa11d63e899", "sahra.thompson", "Sahra", "Thompson"),
    Known("86729a6f824b", "mark.miller", "Mark", "Miller", card="FH-100006"),
    Known("86511962780e", "ray.roderick", "Ray", "Roderick"),
    Known("37e9497496da", "keeley.jones", "Keeley", "Jones", card="FH-100008"),
    Known("b6a4de7c64bc", "kristen.salinger", "Kristen", "Salinger"),
    Known("bcacbfffc0e9", "anna.aguilar", "Anna Maria", "Aguilar", card="FH-100010"),
    Known("c88c960728bb", "marie.sanchez", "Marie", "Sanchez"),
    Known("2b9cd31a473a", "jay.jones", "Jay", "Jones"),
    Known("a458e196f37b", "daniella.shaw", "Daniella", "Shaw", card="FH-100013"),
    Known("ed7d6379b9a4", "nastassia.a", "Nastassia", "Alexopoulos"),
    Known("7e23a3a0ed98", "patricia.smith", "Patricia", "Smith"),
)

# Two records that only a person can see are one man: they share no identifier (see `records.csv`).
BOB_BY_PHONE = ("phone", "+1 702-919-1300")
BOB_BY_EMAIL = ("email", "bsmith@work.com")

FAMILY_TABLET = "web-tablet-in-the-kitchen"
MAILBOX_OF_MANY = "info@ca-state.gov"
RECORD_WITH_MAILBOX = ("customers_record", "07ea18ab6678")

FIRST_NAMES = ("Ada", "Ben", "Chloe", "Dev", "Elin", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Luca")
LAST_NAMES = ("Abbott", "Berg", "Costa", "Dunn", "Ekström")


def new_customers() -> list[Customer]:
    """Customers whom none of the three systems knows."""
    return [
        Customer(
            user_id=f"{first}.{last}".lower(),
            first_name=first,
            last_name=last,
            email=f"{first}.{last}@post.example".lower(),
            card=f"FH-2{number:05d}" if number % 2 else "",
        )
        for number, (first, last) in enumerate((first, last) for last in LAST_NAMES for first in FIRST_NAMES)
    ]


def known_customers(records: list[Record]) -> list[Customer]:
    """Customers of the three systems, with what their record says of how to reach them."""
    by_id = {record.id: record for record in records}
    return [
        Customer(
            user_id=known.user_id,
            first_name=known.first_name,
            last_name=known.last_name,
            email=by_id[known.record].contact("email"),
            phone=by_id[known.record].contact("phone"),
            card=known.card,
            number=known.record if known.named else "",
            city=known.city,
        )
        for known in KNOWN
    ]
