"""Warning signs: what a patient is asked before an e-consultation, since a written question can wait and these cannot.

The sets below are the portal's own, in plain words, until a clinic puts its own in force. A clinic's doctors answer for
what stands there; the check is off until the clinic turns it on.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from workflows.content import PlainText, WrittenText

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sentence = Annotated[WrittenText, Field(max_length=300)]

ADULT, CHILD = "adult", "child"
"""The two sets; a patient under 15 is asked the child's."""

BY_DAY, AT_NIGHT = "warning_sign", "warning_sign_out_of_hours"
"""The codes with which a yes stops a message, by the hour."""


class _Decided(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignAnswers(BaseModel):
    """What a patient answered: which version of the questions, and yes or no to each by its name."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=0)]
    answers: Annotated[dict[Name, bool], Field(max_length=20)]

    @property
    def any_yes(self) -> bool:
        """Whether one of them is a yes."""
        return any(self.answers.values())


class Sign(_Decided):
    """One question, to be answered with yes or no: its name in the answers, and its words in both languages."""

    name: Name
    da: Sentence
    en: Sentence


class WarningSigns(_Decided):
    """What the clinic asks before an e-consultation, and what a yes leads to.

    With `required` nothing is sent before the questions are answered with no. `tell_clinic` lets the clinic see whom a
    yes has stopped. `out_of_hours_da` and `out_of_hours_en` say whom to phone when the clinic is shut: 1813 only in
    the Capital Region, the doctor on duty elsewhere. `version` of the portal's own sets is 0.
    """

    required: bool = False
    tell_clinic: bool = False
    adult: Annotated[tuple[Sign, ...], Field(min_length=1, max_length=20)]
    child: Annotated[tuple[Sign, ...], Field(min_length=1, max_length=20)]
    out_of_hours_da: PlainText
    out_of_hours_en: PlainText

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        for signs in (self.adult, self.child):
            if len({sign.name for sign in signs}) < len(signs):
                raise PydanticCustomError("named_twice", "Two questions of a set have the same name")
        return self

    def asked(self, *, of_child: bool) -> tuple[Sign, ...]:
        """Return the set that this patient is asked."""
        return self.child if of_child else self.adult


# fmt: off
DEFAULT = WarningSigns(
    adult=(
        Sign(name="chest_pain",
             da="Har du nye eller stærke smerter i brystet, eller trykken, der breder sig til arm, hals eller kæbe?",
             en="Do you have new or severe chest pain, or pressure that spreads to your arm, neck or jaw?"),
        Sign(name="breathing",
             da="Har du så svært ved at få luft, at du ikke kan tale i hele sætninger?",
             en="Are you so short of breath that you cannot speak in full sentences?"),
        Sign(name="stroke",
             da="Hænger den ene side af ansigtet, er en arm eller et ben pludselig svagt, eller taler du uklart?",
             en="Does one side of the face droop, is an arm or leg suddenly weak or numb, or is the speech slurred?"),
        Sign(name="consciousness",
             da="Har du været bevidstløs, haft kramper, eller er du pludselig blevet forvirret?",
             en="Have you fainted, had a seizure, or suddenly become confused?"),
        Sign(name="bleeding",
             da="Bløder du kraftigt, eller kaster du blod op, eller er din afføring sort som tjære?",
             en="Are you bleeding heavily, vomiting blood, or are your stools black as tar?"),
        Sign(name="worst_pain",
             da="Har du pludselig fået den værste hovedpine eller de værste mavesmerter, du har haft?",
             en="Did you suddenly get the worst headache or the worst stomach pain you have ever had?"),
        Sign(name="allergy",
             da="Hæver du i ansigt, læber eller tunge, eller har du udslæt og samtidig svært ved at trække vejret?",
             en="Are your face, lips or tongue swelling, or do you have a rash together with trouble breathing?"),
        Sign(name="serious_infection",
             da="Har du høj feber sammen med stiv nakke, kulderystelser, eller føler du dig meget syg?",
             en="Do you have a high fever together with a stiff neck or shivering, or do you feel very ill?"),
        Sign(name="suicide",
             da="Har du tanker om at tage dit liv eller om at gøre dig selv eller andre alvorlig skade?",
             en="Do you have thoughts of ending your life, or of seriously harming yourself or somebody else?"),
        Sign(name="poisoning",
             da="Har du taget for meget medicin eller fået noget giftigt i dig?",
             en="Have you taken too much medicine, or swallowed something poisonous?"),
        Sign(name="pregnancy",
             da="Er du gravid og bløder, har stærke smerter eller mærker mindre liv end normalt?",
             en="Are you pregnant and bleeding, in severe pain, or feeling the baby move less than usual?"),
    ),
    child=(
        Sign(name="breathing",
             da="Har barnet svært ved at trække vejret: hurtigt, stønnende, eller med indtrækninger ved ribbenene?",
             en="Does the child have trouble breathing: fast, grunting, or with the skin drawn in at the ribs?"),
        Sign(name="drowsy",
             da="Er barnet slapt, meget sløvt, svært at vække, eller reagerer det ikke, som det plejer?",
             en="Is the child limp, very drowsy, hard to wake, or not responding as usual?"),
        Sign(name="seizure",
             da="Har barnet haft kramper eller været bevidstløst?",
             en="Has the child had a seizure or been unconscious?"),
        Sign(name="young_fever",
             da="Er barnet under 3 måneder og har feber på 38 grader eller mere?",
             en="Is the child under 3 months old with a fever of 38 °C or more?"),
        Sign(name="meningitis",
             da="Har barnet feber sammen med stiv nakke eller røde eller blå pletter, der ikke forsvinder ved tryk?",
             en="Does the child have a fever with a stiff neck, or red or blue spots that do not fade when pressed?"),
        Sign(name="dehydration",
             da="Drikker barnet næsten intet, eller har det ikke tisset i 12 timer?",
             en="Is the child drinking almost nothing, or has it not passed urine for 12 hours?"),
        Sign(name="injury",
             da="Har barnet slået hovedet hårdt og kastet op, eller har det en forbrænding eller et brud?",
             en="Has the child had a hard knock to the head and vomited, or does it have a burn or a broken bone?"),
        Sign(name="poisoning",
             da="Har barnet fået medicin eller noget giftigt i sig, eller slugt et batteri eller en magnet?",
             en="Has the child taken medicine or something poisonous, or swallowed a battery or a magnet?"),
        Sign(name="allergy",
             da="Hæver barnet i ansigt, læber eller tunge?",
             en="Are the child's face, lips or tongue swelling?"),
        Sign(name="suicide",
             da="Taler barnet om ikke at ville leve, eller har det gjort skade på sig selv?",
             en="Does the child talk of not wanting to live, or has it harmed itself?"),
    ),
    out_of_hours_da="Ring til lægevagten i din region. I Region Hovedstaden ringer du 1813.",
    out_of_hours_en="Phone the doctor on duty in your region. In the Capital Region, phone 1813.",
)
"""The portal's own sets, version 0."""
# fmt: on
