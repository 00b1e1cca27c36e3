"""The rules of contact, one row each, to be read and confirmed by counsel. Engineering input, not legal advice.

Append only (ADR 0020). A row is never changed or removed, for decisions of the past rest on it: a correction is a new
row for the same place with a later `added`. `RULES_VERSION` and every older version are computed from the rows, and a
test holds the versions that were shipped.

Hours are wall clock at the recipient: `08-20` is open from 08:00:00 and closed from 20:00:00, `-` is closed all day.
"""

from datetime import date

from leadcore.compliance.policies.contact_rules import Cap, Confidence, ContactRule, week

REVOCATION_COVERS_EVERYTHING_FROM = date(2027, 1, 31)
"""From this day a revocation that names no topic ends every topic by law: 47 CFR 64.1200(a)(10), delayed by DA 26-12 of
6 January 2026 (a proposal of 28 October 2025 may change it). leadcore gives every revocation that reach already."""

_FIRST = date(2026, 11, 24)
_COUNSEL = "not reviewed by counsel"
_CHARTS = "vendor charts (dropcowboy 2025-11-01, usestello 2026-04-08, referrizer, clickpoint 2025-07, g2leads)"
_SAME_SUBJECT = Cap(messages=3, hours=24)


def _row(
    place: str,
    weekdays: str,
    saturday: str,
    sunday: str,
    *,
    source: str,
    confidence: Confidence,
    holidays: tuple[str, ...] = (),
    caps: tuple[Cap, ...] = (),
    effective: date = date(2021, 1, 1),
) -> ContactRule:
    return ContactRule(
        place=place,
        week=week(weekdays, saturday, sunday),
        closed_on_holidays_of=holidays,
        caps=caps,
        effective=effective,
        added=_FIRST,
        source=source,
        confidence=confidence,
        reviewer=_COUNSEL,
    )


def _whole_week(place: str, hours: str, *, source: str, confidence: Confidence) -> ContactRule:
    return _row(place, hours, hours, hours, source=source, confidence=confidence)


ROWS: tuple[ContactRule, ...] = (
    _row(
        "US",
        "08-21",
        "08-21",
        "08-21",
        caps=(_SAME_SUBJECT,),
        effective=date(1992, 12, 20),
        source="47 CFR 64.1200(c)(1), texts included; no federal cap exists: 3 in 24 hours is the strictest state's",
        confidence="high",
    ),
    _row(
        "safe_default",
        "10-18",
        "10-17",
        "-",
        # the states whose own rule closes holidays: the union over all fifty would close every tenth day
        holidays=("US", "AL", "LA", "MS", "PA", "RI", "UT"),
        caps=(Cap(messages=1, hours=24), Cap(messages=3, hours=168)),
        effective=date(1992, 12, 20),
        source="ours: inside every row of this table except the doubtful Saturdays of PA and UT",
        confidence="medium",
    ),
    _row(
        "FL",
        "08-20",
        "08-20",
        "08-20",
        caps=(_SAME_SUBJECT,),
        effective=date(2021, 7, 1),
        source="Fla. Stat. 501.616(6), 501.059; the area code makes a Floridian (SB 1120)",
        confidence="high",
    ),
    _row(
        "OK",
        "08-20",
        "08-20",
        "08-20",
        caps=(_SAME_SUBJECT,),
        effective=date(2022, 11, 1),
        source="15 O.S. 775C.4",
        confidence="high",
    ),
    _row(
        "MD",
        "08-20",
        "08-20",
        "08-20",
        caps=(_SAME_SUBJECT,),
        effective=date(2024, 1, 1),
        source=_CHARTS,
        confidence="medium",
    ),
    _row(
        "TX",
        "09-21",
        "09-21",
        "12-21",
        effective=date(2025, 9, 1),
        source="Tex. SB 140, texts included; settlement of November 2025: consent frees from registration, not hours",
        confidence="high",
    ),
    _whole_week("WA", "08-20", source="RCW 80.36.390, 19.190.060 and .070; not opened here", confidence="medium"),
    _whole_week("CT", "09-20", source=_CHARTS, confidence="medium"),
    _row("RI", "09-18", "10-17", "10-17", holidays=("US", "RI"), source=_CHARTS, confidence="medium"),
    *(
        _row(
            state,
            "08-20",
            "08-20",
            "-",
            holidays=("US", state),
            source=f"{_CHARTS}; exemptions for consent or an existing relationship exist and are not used",
            confidence="medium",
        )
        for state in ("AL", "LA", "MS")
    ),
    _whole_week("MA", "08-20", source=_CHARTS, confidence="medium"),
    _whole_week("NV", "09-20", source=_CHARTS, confidence="low"),
    _whole_week("KY", "10-21", source=_CHARTS, confidence="medium"),
    *(_whole_week(state, "09-21", source=_CHARTS, confidence="medium") for state in ("MI", "MN", "NM")),
    *(
        _whole_week(state, "09-21", source=f"{_CHARTS}: 08-21 in some, the narrower taken", confidence="low")
        for state in ("CA", "IL")
    ),
    _whole_week("NJ", "08-20", source="one vendor chart", confidence="low"),
    *(
        _row(
            state,
            "08-21",
            "09-12",
            "-",
            holidays=("US", state),
            source=f"{_CHARTS}; the Saturday (08-12 in one chart) looks like an error, kept until checked",
            confidence="low",
        )
        for state in ("UT", "PA")
    ),
    _row(
        "ME",
        "08-21",
        "08-21",
        "08-21",
        caps=(Cap(messages=1, hours=8),),
        source=f"{_CHARTS}: automated messages, 1 in 8 hours",
        confidence="low",
    ),
    _row(
        "VA",
        "08-21",
        "08-21",
        "08-21",
        effective=date(2026, 1, 1),
        source="Va. SB 1339: an opt-out holds for 10 years (leadcore never lets one lapse); hours as federal",
        confidence="high",
    ),
)
