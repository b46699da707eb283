COUNTS = {"apple": 12, "pear": 1}


def count_of(item):
    """How many there are; None where the item is not known."""
    if item in COUNTS:
        return COUNTS[item]
    if item == "plum":
        return 0
    return None
