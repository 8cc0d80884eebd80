"""The rows of both grids, as data. Wordings are ours; numbers and rules are the referential's.

Source: decree 2019-565 as the reading guide V9 explains it, then decree 2026-728 of 1 August 2026;
order of 6 June 2019 for the grades (design page `qualiopi`, corrected on 29 November 2026).
"""

from dataclasses import dataclass, replace

from django.utils.translation import get_language

from qualiforma.qualiopi.states import Category, Condition, Grade, GridCode, Subject

AF, BC, VAE, CFA = Category.AF, Category.BC, Category.VAE, Category.CFA
ALL = frozenset(Category)
TRAINING = frozenset({AF, CFA})
CERTIFIED = frozenset({AF, VAE, CFA})
APPRENTICES = frozenset({CFA})
CERTIFYING, ALTERNANCE = Condition.CERTIFYING, Condition.ALTERNANCE
# The last number of each criterion; 33 belongs to the seventh as well.
CRITERIA = (3, 8, 16, 20, 22, 29, 33)
MAJOR_ONLY = frozenset({4, 5, 6, 7, 10, 11, 14, 15, 16, 20, 21, 22, 26, 27, 29, 31, 32})
FOR_NEW_ENTRANTS = frozenset({2, 3, 11, 13, 14, 19, 22, 24, 25, 26, 32})
SUBCONTRACTED = frozenset({1, 2, 3, 5, 7, 9, 13, 16, 26, 28, 30})
# In the surveillance audit's least list beside every major-only one.
SURVEILLED = frozenset({1, 3, 17, 19})


@dataclass(frozen=True)
class Text:
    """A wording in both languages."""

    fr: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "").startswith("en") else self.fr


@dataclass(frozen=True)
class Indicator:
    """One row of one grid.

    `subcontracting`: the referential says who is answerable when the service is subcontracted.
    `surveillance`: in the least list of a surveillance audit. `change`: what the decree of 2026
    changed in it; None in the grid before, and where nothing changed.
    """

    number: int
    label: Text
    categories: frozenset[Category] = ALL
    condition: Condition | None = None
    change: Text | None = None
    grid: GridCode = GridCode.V9
    subject: Subject | None = None

    @property
    def criterion(self) -> int:
        """The criterion that it belongs to, 1 to 7."""
        return next(rank for rank, last in enumerate(CRITERIA, 1) if self.number <= last)

    @property
    def grade(self) -> Grade:
        """How a non-conformity of it may be graded."""
        return Grade.MAJOR if self.number in MAJOR_ONLY else Grade.MINOR_OR_MAJOR

    @property
    def new_entrant(self) -> bool:
        """Whether less is asked of an organisation that begins."""
        return self.number in FOR_NEW_ENTRANTS

    @property
    def subcontracting(self) -> bool:
        """Whether the contract decides who answers for it."""
        return self.number in SUBCONTRACTED

    @property
    def surveillance(self) -> bool:
        """Whether each surveillance audit looks at it, where it applies."""
        return self.number in MAJOR_ONLY | SURVEILLED


def _row(
    number: int,
    fr: str,
    en: str,
    categories: frozenset[Category] = ALL,
    condition: Condition | None = None,
    subject: Subject | None = None,
) -> Indicator:
    return Indicator(number, Text(fr, en), categories, condition, subject=subject)


V9 = (
    _row(
        1,
        "Information du public complète et vérifiable sur chaque prestation",
        "Complete, checkable public information on each service",
    ),
    _row(
        2,
        "Résultats publiés, adaptés aux prestations et aux publics",
        "Results published, suited to services and audiences",
    ),
    _row(
        3,
        "Taux d’obtention, blocs, passerelles, suites de parcours et débouchés",
        "Pass rates, blocks, bridges, next steps and outlets",
        CERTIFIED,
        CERTIFYING,
    ),
    _row(
        4,
        "Besoin du bénéficiaire analysé avec l’entreprise et le financeur",
        "Need analysed with the company and the funder",
        subject=Subject.NEED,
    ),
    _row(
        5,
        "Objectifs opérationnels et évaluables",
        "Operational objectives that can be assessed",
    ),
    _row(
        6,
        "Contenus et modalités adaptés aux objectifs et aux publics",
        "Content and methods fitted to aims and audiences",
        subject=Subject.CONTENT,
    ),
    _row(
        7,
        "Contenus conformes aux exigences de la certification visée",
        "Content matching the certification aimed at",
        TRAINING,
        CERTIFYING,
    ),
    _row(
        8,
        "Positionnement et évaluation des acquis à l’entrée",
        "Positioning and assessment on entry",
        TRAINING,
        subject=Subject.POSITIONING,
    ),
    _row(
        9,
        "Bénéficiaires informés du déroulement de la prestation",
        "Learners told how the service will run",
        subject=Subject.INFORMATION,
    ),
    _row(
        10,
        "Prestation, accompagnement et suivi adaptés au bénéficiaire",
        "Service, support and follow-up adapted to the learner",
        subject=Subject.ADAPTATION,
    ),
    _row(
        11,
        "Atteinte des objectifs évaluée",
        "Achievement of the objectives assessed",
        subject=Subject.ACHIEVEMENT,
    ),
    _row(
        12,
        "Engagement des bénéficiaires entretenu, abandons prévenus",
        "Learners’ engagement kept up, drop-out prevented",
        condition=Condition.OVER_TWO_DAYS,
        subject=Subject.ENGAGEMENT,
    ),
    _row(
        13,
        "Missions et apprentissages coordonnés entre le centre et l’entreprise",
        "Tasks and learning coordinated between centre and company",
        TRAINING,
        ALTERNANCE,
    ),
    _row(
        14,
        "Accompagnement socio-professionnel, éducatif et citoyen des apprentis",
        "Social, educational and civic support of apprentices",
        APPRENTICES,
    ),
    _row(
        15,
        "Apprentis informés de leurs droits, de leurs devoirs, de la santé et de la sécurité",
        "Apprentices told of their rights, duties, health and safety",
        APPRENTICES,
    ),
    _row(
        16,
        "Candidats présentés à la certification selon les règles du certificateur",
        "Candidates presented as the certifier requires",
        CERTIFIED,
        CERTIFYING,
    ),
    _row(
        17,
        "Moyens humains et techniques, locaux et équipements adaptés",
        "Suitable people, rooms and equipment",
    ),
    _row(
        18,
        "Intervenants internes et externes mobilisés et coordonnés",
        "Internal and external contributors engaged and coordinated",
    ),
    _row(
        19,
        "Ressources pédagogiques mises à disposition et réellement utilisées",
        "Learning resources available and really used",
    ),
    _row(
        20,
        "Personnels dédiés à la mobilité et au handicap, conseil de perfectionnement",
        "Mobility staff, disability referent, improvement council",
        APPRENTICES,
    ),
    _row(
        21,
        "Compétences des intervenants définies, recherchées et évaluées",
        "Contributors’ skills defined, found and assessed",
    ),
    _row(
        22,
        "Compétences des salariés entretenues et développées",
        "Employees’ skills kept up and developed",
    ),
    _row(
        23,
        "Veille légale et réglementaire, et son usage",
        "Legal watch, and its use",
    ),
    _row(
        24,
        "Veille sur les compétences, les métiers et les emplois, et son usage",
        "Watch on skills, trades and jobs, and its use",
    ),
    _row(
        25,
        "Veille pédagogique et technologique, et son usage",
        "Watch on teaching and technology, and its use",
    ),
    _row(
        26,
        "Expertises et réseau mobilisés pour les personnes en situation de handicap",
        "Expertise and network engaged for people with disabilities",
    ),
    _row(
        27,
        "Sous-traitants et salariés portés tenus au respect du référentiel",
        "Subcontractors and umbrella staff held to the referential",
        condition=Condition.SUBCONTRACTING,
    ),
    _row(
        28,
        "Périodes en situation de travail construites avec des partenaires",
        "Work-based periods designed with partners",
        TRAINING,
        Condition.WORK_PERIODS,
    ),
    _row(
        29,
        "Actions en faveur de l’insertion ou de la poursuite d’études",
        "Steps towards jobs or further study",
        APPRENTICES,
    ),
    _row(
        30,
        "Appréciations recueillies : bénéficiaires, financeurs, équipes, entreprises",
        "Views collected: learners, funders, teachers, companies",
        subject=Subject.VIEWS,
    ),
    _row(
        31,
        "Difficultés, réclamations et aléas traités",
        "Difficulties, complaints and unforeseen events handled",
        subject=Subject.COMPLAINTS,
    ),
    _row(
        32,
        "Améliorations tirées des appréciations et des réclamations",
        "Improvement drawn from views and complaints",
        subject=Subject.IMPROVEMENT,
    ),
)
# The number that each kind of our records is shown under; both grids have it.
NUMBERS = {row.subject: row.number for row in V9 if row.subject}
CHANGES = {
    1: Text(
        "S’ajoutent la reconnaissance et le financement de la prestation ; rien de trompeur.",
        "Recognition and funding of the service are added; nothing misleading.",
    ),
    2: Text("Le mode de calcul des résultats est montré.", "How results are calculated is shown."),
    3: Text("S’ajoute la poursuite d’études.", "Further study is added."),
    7: Text(
        "Le droit de préparer à la certification est prouvé.",
        "The right to deliver the certification is proven.",
    ),
    12: Text(
        "S’ajoutent violences, harcèlement et discriminations.",
        "Violence, harassment and discrimination are added.",
    ),
    14: Text(
        "Les ruptures de contrat sont traitées sans délai.",
        "Ruptures of contract are handled at once.",
    ),
    15: Text(
        "S’ajoutent les mineurs, les voies de signalement et le médiateur.",
        "Minors, reporting channels and the mediator are added.",
    ),
    19: Text(
        "S’ajoutent le suivi à distance et, au-delà d’un seuil, un référent.",
        "Follow-up at a distance and, above a threshold, a referent are added.",
    ),
    20: Text(
        "S’ajoutent la gouvernance et, sous un seuil, l’encadrement.",
        "Governance and, under a threshold, supervision are added.",
    ),
    27: Text(
        "Ces exigences figurent dans le contrat.", "These requirements are traced in the contract."
    ),
    30: Text(
        "Les financeurs sont sollicités « le cas échéant ».",
        "Funders are asked “where applicable”.",
    ),
    31: Text("Reformulé, sans changement de fond.", "Reworded, with no change in substance."),
    32: Text(
        "S’ajoutent la démarche d’amélioration et une analyse des risques.",
        "The improvement process and a risk analysis are added.",
    ),
}
# Wordings that would leave out what was added.
REWORDED = {
    3: Text(
        "Taux d’obtention, blocs, passerelles, poursuite d’études et débouchés",
        "Pass rates, blocks, bridges, further study and outlets",
    ),
    12: Text(
        "Engagement entretenu, abandons, violences et discriminations prévenus",
        "Engagement kept up; drop-out, violence and discrimination prevented",
    ),
    20: Text(
        "Gouvernance, encadrement, mobilité, handicap et conseil de perfectionnement",
        "Governance, supervision, mobility, disability and improvement council",
    ),
    32: Text(
        "Améliorations tirées des appréciations, des réclamations et de l’analyse des risques",
        "Improvement drawn from views, complaints and the risk analysis",
    ),
}
ADDED = Indicator(
    33,
    Text(
        "Contenus et pédagogie évalués par les apprentis, au-delà de la satisfaction",
        "Content and teaching assessed by learners, apart from satisfaction",
    ),
    APPRENTICES,
    change=Text(
        "Nouveau : résultats partagés, améliorations faites et leur effet mesuré.",
        "New: results shared, improvements made and their effect measured.",
    ),
    grid=GridCode.G2026,
)
G2026 = (
    *(
        replace(
            row,
            grid=GridCode.G2026,
            label=REWORDED.get(row.number, row.label),
            change=CHANGES.get(row.number),
            # The threshold of two days is the guide V9's own.
            condition=None if row.condition == Condition.OVER_TWO_DAYS else row.condition,
        )
        for row in V9
    ),
    ADDED,
)
