"""ImageNet's names stand in the order of its classes."""

from cnnkit import data


def test_a_thousand_names_in_order():
    names = data.class_names()
    assert len(names) == 1000 and all(isinstance(name, str) and name for name in names)
    known = {
        0: "tench",
        281: "tabby",
        417: "balloon",
        560: "football helmet",
        967: "espresso",
        999: "toilet tissue",
    }
    assert {number: names[number].split(",")[0] for number in known} == known


def test_only_cranes_share_a_name():
    names = data.class_names()
    assert [n for n, name in enumerate(names) if names.count(name) > 1] == [134, 517]
