"""Whether a call must say that it is recorded, and in which words. Pure; it is asked before the ring is answered.

`always`: every call does. `by_law`: where the law of either end asks for it, whoever has called whom: by the guest's
number, and by the hotel's region. Most of the United States let a call be recorded with the consent of one side alone.
Elsewhere guests are told, and where a number does not say where it is. Who hears it and stays on the line has agreed.

| where | source |
|---|---|
| one party | 18 U.S.C. 2511(2)(d), and the other states' own statutes, such as 15 M.R.S. 710 in Maine |
| which of two states | Kearney v. Salomon Smith Barney, 39 Cal. 4th 95 (2006): the stricter protects its own people |
| US-CA | Cal. Penal Code 632, 632.7 |
| US-CT | Conn. Gen. Stat. 52-570d: the notice itself is to be on the recording |
| US-DE | 11 Del. C. 1335, beside 2402, which asks for one party alone |
| US-FL | Fla. Stat. 934.03(2)(d) |
| US-IL | 720 ILCS 5/14-2 |
| US-MD | Md. Code, Cts. & Jud. Proc. 10-402 |
| US-MA | Mass. Gen. Laws ch. 272, 99 |
| US-MI | Mich. Comp. Laws 750.539c: courts differ on who takes part himself |
| US-MT | Mont. Code 45-8-213 |
| US-NV | Nev. Rev. Stat. 200.620 |
| US-NH | N.H. Rev. Stat. 570-A:2 |
| US-OR | Or. Rev. Stat. 165.540: of talks face to face; calls are counted in here, to be safe |
| US-PA | 18 Pa. C.S. 5703, 5704(4) |
| US-WA | Wash. Rev. Code 9.73.030(3): the notice itself is to be on the recording |
| Canada | PIPEDA, principle 4.3; the Privacy Commissioner's guidelines for recording customer telephone calls |
| European Union | GDPR, articles 6 and 13: also why, for how long and by whom, which a sentence may only point to |

Not legal advice: have a lawyer read what a hotel says. One that is in doubt says `always`; one in Connecticut or
Washington says it in its `greeting`, which is on the recording, and one in the Union names its purpose in words of its
own (`consent_notice`). For other countries no source was looked for: there everybody is told.
"""

from __future__ import annotations

from nightdesk.hotel.model import Property

ALL_PARTIES = {
    "US-CA": "209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 "
    "747 760 805 818 820 831 837 840 858 909 916 925 949 951",
    "US-CT": "203 475 860 959",
    "US-DE": "302",
    "US-FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    "US-IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872",
    "US-MD": "227 240 301 410 443 667",
    "US-MA": "339 351 413 508 617 774 781 857 978",
    "US-MI": "231 248 269 313 517 586 616 679 734 810 906 947 989",
    "US-MT": "406",
    "US-NV": "702 725 775",
    "US-NH": "603",
    "US-OR": "458 503 541 971",
    "US-PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "US-WA": "206 253 360 425 509 564",
}
"""By state, its area codes. Source: the North American Numbering Plan."""
ABROAD = (
    "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519 "
    "548 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 "
    "242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876"
)
"""Area codes of +1 that are not of the United States."""

_TOLD = frozenset(" ".join((*ALL_PARTIES.values(), ABROAD)).split())
_TOLL_FREE = frozenset(("800", "833", "844", "855", "866", "877", "888"))
_WORDS = {"en": "This call may be recorded.", "es": "Esta llamada puede ser grabada."}


def notice(hotel: Property, caller: str, language: str, *, is_recorded: bool) -> str:
    """What is said before the call is recorded; "" for nothing. `caller`: the guest's number, E.164, or "".

    The hotel's own words are said on every call where it has any and does not leave it to the law.
    """
    own = hotel.in_language(language).consent_notice or hotel.consent_notice
    if own and hotel.consent.announce == "always":
        return own
    if not is_recorded:
        return ""
    if hotel.consent.announce == "by_law" and not (_asks(hotel.consent.region) or _is_told(caller)):
        return ""
    return own or _WORDS.get(language, _WORDS["en"])


def _asks(region: str) -> bool:
    """Whether the law there wants everybody told; one that is not named does."""
    return not region.startswith("US-") or region in ALL_PARTIES


def _is_told(caller: str) -> bool:
    """Whether who calls from there is to be told. A mobile telephone may be elsewhere: its number is what is known."""
    if not caller.startswith("+1") or len(caller) != 12:
        return True
    area = caller[2:5]
    return area in _TOLD or area in _TOLL_FREE
