"""The demo hotel's knowledge: questions as guests ask them, each with its topic, and questions it must not answer."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nightdesk import knowledge
from nightdesk.knowledge import Answer, search

MOTEL = "west-bethel-motel"

QUESTIONS = [
    ("do you allow dogs", "pets"),
    ("How much is the pet fee?", "pets"),
    ("is my cat welcome", "pets"),
    ("do you charge extra for pets", "pets"),
    ("are you pet friendly", "pets"),
    ("what time is check in", "check-in"),
    ("What's the check-in time?", "check-in"),
    ("when can we check in", "check-in"),
    ("can i check in early", "check-in"),
    ("what time is check out", "check-out"),
    ("can I get a late check-out?", "check-out"),
    ("when do we have to leave", "check-out"),
    ("can i check in after midnight", "late-arrival"),
    ("we will arrive late at night", "late-arrival"),
    ("how late can i check in", "late-arrival"),
    ("is parking free", "parking"),
    ("where can i park my truck", "parking"),
    ("do you have a charging station", "electric-charging"),
    ("can i charge my electric car", "electric-charging"),
    ("is breakfast included", "breakfast"),
    ("what time is breakfast served", "breakfast"),
    ("how much is breakfast", "breakfast"),
    ("what is your cancellation policy", "cancellation"),
    ("can i get a refund", "cancellation"),
    ("what happens if i cancel", "cancellation"),
    ("is there Wi-Fi?", "wifi"),
    ("what is the wifi password", "wifi"),
    ("does the room have internet", "wifi"),
    ("do you have a pool", "pool"),
    ("is the pool heated", "pool"),
    ("when does the pool close", "pool"),
    ("do you have a hot tub", "pool"),
    ("is there a gym", "fitness"),
    ("do children stay free", "children"),
    ("are kids welcome", "children"),
    ("how much is a child", "children"),
    ("do you have a crib", "extra-beds"),
    ("can we have an extra bed", "extra-beds"),
    ("is smoking allowed", "smoking"),
    ("are the rooms non smoking", "smoking"),
    ("where are you located", "location"),
    ("where are you", "location"),
    ("what is the address", "location"),
    ("how do i get there", "location"),
    ("how far is the airport", "getting-here"),
    ("do you have a shuttle", "getting-here"),
    ("how far is it from the ski area", "skiing"),
    ("where can we go skiing", "skiing"),
    ("what is nearby", "local-area"),
    ("are there covered bridges around", "local-area"),
    ("is there a restaurant nearby", "restaurants"),
    ("where can we have dinner", "restaurants"),
    ("do you take credit cards", "payment"),
    ("do i pay now", "payment"),
    ("is there a deposit", "payment"),
    ("do you accept american express", "payment"),
    ("is tax included", "taxes-and-fees"),
    ("do you have any discounts", "discounts"),
    ("what kind of rooms do you have", "rooms"),
    ("what rooms do you have", "rooms"),
    ("does the room have a microwave", "room-equipment"),
    ("is there air conditioning", "room-equipment"),
    ("do you have a coffee maker", "room-equipment"),
    ("is there an elevator", "accessibility"),
    ("do you have wheelchair accessible rooms", "accessibility"),
    ("is there someone at the front desk at night", "front-desk-hours"),
    ("when is the front desk open", "front-desk-hours"),
    ("do you have a laundry", "laundry"),
    ("i left my phone in the room", "lost-and-found"),
    ("can i leave my bags with you", "luggage"),
    ("i want to change my reservation", "existing-booking"),
    ("am i talking to a robot", "assistant"),
    ("what amenities do you have", "amenities"),
]

UNANSWERABLE = [
    "what is the capital of france",
    "who won the game last night",
    "can you tell me a joke",
    "do you sell car insurance",
    "what is the weather tomorrow",
    "is the president staying with you",
    "do you have a casino",
    "can i rent a helicopter",
    "do you allow giraffes",
    "how do i cook a lobster",
    "is there a golf course",
    "can you help me with my homework",
    "do you have a conference room",
    "blah blah blah",
    "",
    '"; drop table topic; --',
    "* OR NEAR(",
]


def test_at_least_nine_questions_of_ten_find_their_topic_first() -> None:
    found = {question: search(MOTEL, question) for question, _ in QUESTIONS}
    missed = [(q, topic, found[q]) for q, topic in QUESTIONS if (a := found[q]) is None or a.topic != topic]
    assert len(missed) <= len(QUESTIONS) // 10, missed


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_what_the_hotel_does_not_know_is_not_answered(question: str) -> None:
    assert search(MOTEL, question) is None


def test_every_topic_is_found_by_some_question() -> None:
    topics = {path.stem for path in (knowledge.POLICIES / MOTEL).glob("*.md")}
    assert len(topics) >= 20
    assert topics == {topic for _, topic in QUESTIONS}


def test_an_answer_is_spoken_in_at_most_two_or_three_short_sentences_and_names_its_source() -> None:
    for question, topic in QUESTIONS:
        answer = search(MOTEL, question)
        assert isinstance(answer, Answer)
        assert answer.text.endswith(".")
        assert len(answer.text) < 180, topic
        assert "\n" not in answer.text
        assert answer.source == f"{MOTEL}/{answer.topic}.md"
        assert 0.5 <= answer.score <= 1


@pytest.mark.parametrize("property_id", ["nowhere-inn", "", "../west-bethel-motel", "WEST-BETHEL-MOTEL"])
def test_a_hotel_without_topics_answers_nothing(property_id: str) -> None:
    assert search(property_id, "do you allow dogs") is None


def write(folder: Path, name: str, text: str) -> None:
    (folder / "inn").mkdir(exist_ok=True)
    (folder / "inn" / name).write_text(text, "utf-8")


def test_adding_a_file_adds_a_topic_and_only_its_first_paragraph_is_spoken(tmp_path: Path) -> None:
    write(
        tmp_path,
        "yoga.md",
        "---\ntitle: Yoga\nkeywords: yoga class\n---\nYoga is at\nseven.\n\nBring a mat, not a goat.\n",
    )
    assert search("inn", "is there yoga", tmp_path) == Answer("Yoga is at seven.", "yoga", "inn/yoga.md", 1.0)
    answer = search("inn", "do i need a mat", tmp_path)
    assert answer is not None
    assert answer.text == "Yoga is at seven."


@pytest.mark.parametrize(
    "text",
    ["Yoga is at seven.", "---\nkeywords: yoga\n---\nSeven.", "---\ntitle: Yoga\n---\n", "---\n: [\n---\nSeven."],
)
def test_a_file_that_is_no_topic_is_named_and_the_others_are_found(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "yoga.md", text)
    write(tmp_path, "golf.md", "---\ntitle: Golf\n---\nNine holes.\n")
    assert search("inn", "is there yoga", tmp_path) is None
    assert search("inn", "is there golf", tmp_path) == Answer("Nine holes.", "golf", "inn/golf.md", 1.0)
    assert "yoga.md left out" in caplog.text


def test_one_index_serves_many_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda question: search(MOTEL, question[0]), QUESTIONS * 3))
    assert all(answers)
