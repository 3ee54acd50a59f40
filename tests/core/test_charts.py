"""Charts: every point a link that says its value, and nothing anybody typed runs."""

from xml.etree import ElementTree

import pytest

from core.charts import Point, bars, shares

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*points):
    text = str(shares(points, "Kept"))
    return ElementTree.fromstring(text.replace("<svg", f'<svg xmlns="{SVG[1:-1]}"', 1))


def test_every_point_leads_somewhere_and_says_its_value():
    svg = drawn(Point("2 Mar", 0.5, "half", "?a=1"), Point("9 Mar", 1.0, "all", "?a=2"))
    links = svg.findall(f"{SVG}a")
    assert [link.get("href") for link in links] == ["?a=1", "?a=2"]
    assert [link.get("aria-label") for link in links] == ["half", "all"]
    low, high = (float(link.find(f"{SVG}circle").get("cy")) for link in links)
    assert high < low


def test_where_there_is_no_value_the_line_is_broken():
    points = [Point(str(n), v, "", "") for n, v in enumerate((1.0, None, 0.0))]
    svg = drawn(*points)
    assert len(svg.findall(f"{SVG}a")) == 2
    assert svg.find(f"{SVG}path").get("d").count("M") == 2


def test_words_and_addresses_are_escaped():
    svg = drawn(Point("<b>", 0.1, '"><script>', '?x=1&y="'))
    link = svg.find(f"{SVG}a")
    assert (link.get("href"), link.get("aria-label")) == ('?x=1&y="', '"><script>')
    assert svg.find(f".//{SVG}script") is None


def test_many_points_have_fewer_labels():
    svg = drawn(*[Point(f"w{n}", 0.5, "", "") for n in range(52)])
    words = [text.text for text in svg.findall(f"{SVG}text")]
    assert len([word for word in words if word.startswith("w")]) <= 12


def test_without_points_there_is_still_a_picture():
    assert drawn().findall(f"{SVG}a") == []


def test_columns_reach_as_high_as_their_counts_and_lead_where_something_is():
    points = [
        Point("1", 0, "none", ""),
        Point("2", 5, "five", ""),
        Point("3", 10, "ten", "?h=3"),
    ]
    text = str(bars(points, "Events"))
    svg = ElementTree.fromstring(text.replace("<svg", f'<svg xmlns="{SVG[1:-1]}"', 1))
    heights = [
        float(one.get("height"))
        for one in svg.iter(f"{SVG}rect")
        if one.get("class") == "bar1"
    ]
    assert heights[0] == 0
    assert heights[2] == pytest.approx(2 * heights[1], abs=0.2)
    assert [link.get("href") for link in svg.findall(f"{SVG}a")] == ["?h=3"]
    assert [one.text for one in svg.iter(f"{SVG}title")] == ["none", "five", "ten"]


def test_no_columns_draw_a_line_and_nothing_else():
    svg = str(bars([], "Events"))
    assert "bar1" not in svg
    assert ">0<" in svg
