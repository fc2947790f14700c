"""The titles that a practitioner can be shown with (PRA-2): a closed list of words that patients know."""

TITLES = (
    "Læge",
    "Speciallæge",
    "Uddannelseslæge",
    "Vikar",
    "Lægestuderende",
    "Sygeplejerske",
    "Social- og sundhedsassistent",
    "Bioanalytiker",
    "Jordemoder",
    "Fysioterapeut",
    "Psykolog",
    "Diætist",
    "Farmaceut",
    "Farmakonom",
    "Paramediciner",
    "Lægesekretær",
)
"""The professions that work in a Danish general practice and meet patients, from the doctor to the secretary.

Min Læge shows a practitioner by one of a fixed list; its words are not public. This list is the portal's own choice,
made so that each title has one spelling everywhere; it has not been checked against any register or agreement.
"""
