"""Global Privacy Control, as the W3C's specification has it. Pure."""


def header_says_gpc(value: str) -> bool:
    """Whether a `Sec-GPC` header asks not to sell or share: one of its values is exactly `1`.

    A server joins the values of a repeated header with commas. Every other value counts as no header at all,
    and no value is ever a permission.
    """
    return any(part.strip() == "1" for part in value.split(","))
