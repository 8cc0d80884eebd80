"""Who learns in the demo, and who sends them: each tenant has its own."""

from typing import NamedTuple


class Sender(NamedTuple):
    """A company of the demo."""

    id: str
    name: str
    siret: str
    contact_email: str


COMPANIES = {
    "qualiforma-demo": (
        Sender(
            "cmp_abc123", "Menuiserie Guéguen", "81234567600017", "rh@menuiserie-gueguen.example"
        ),
        Sender(
            "cmp_cabinet",
            "Cabinet Fontaine et associés",
            "50391826000020",
            "contact@fontaine.example",
        ),
        Sender(
            "cmp_clinique", "Clinique du Parc", "42910735200016", "formation@clinique-parc.example"
        ),
        Sender(
            "cmp_mairie", "Mairie de Saint-Avit", "79846021800034", "personnel@saint-avit.example"
        ),
        Sender("cmp_asso", "Association Passerelles", "", "bureau@passerelles.example"),
    ),
    "votre-tenant": (
        Sender(
            "cmp_abc123", "Transports Le Bihan", "38827591900016", "rh@transports-le-bihan.example"
        ),
        Sender(
            "cmp_conserve",
            "Conserverie de l’Odet",
            "84192637100011",
            "formation@conserverie.example",
        ),
        Sender(
            "cmp_chantier", "Chantiers Kerdoncuff", "52764018900025", "contact@chantiers.example"
        ),
        Sender("cmp_ehpad", "Résidence Les Ajoncs", "45083129200013", "direction@ajoncs.example"),
        Sender("cmp_traiteur", "Rousseau Traiteur", "", "delphine@rousseau.example"),
    ),
}
# In the order in which `histories` numbers them.
LEARNERS = {
    "qualiforma-demo": (
        "Camille Besson",
        "Sophie Lacroix",
        "Julien Mercier",
        "Inès Haddad",
        "Paul Girard",
        "Nadia Cherif",
        "Hugo Lemoine",
        "Aurélie Colin",
        "Mathieu Roche",
        "Fatou Diallo",
        "Élodie Marchand",
        "Romain Picard",
        "Chloé Renard",
        "Yanis Belkacem",
        "Manon Texier",
        "Quentin Aubry",
        "Sarah Cohen",
        "Bruno Teixeira",
        "Laure Delmas",
        "Victor Nguyen",
    ),
    "votre-tenant": (
        "Gaëlle Riou",
        "Yann Le Goff",
        "Morgane Cariou",
        "Erwan Tanguy",
        "Solenn Prigent",
        "Maël Guillou",
        "Enora Le Roux",
        "Ronan Quéré",
        "Nolwenn Salaün",
        "Tugdual Morvan",
        "Anaïs Pennec",
        "Corentin Hervé",
        "Lena Jaouen",
        "Malo Bescond",
        "Katell Le Meur",
        "Denez Corre",
        "Aminata Sow",
        "João Ferreira",
        "Rozenn Madec",
        "Ali Yildiz",
    ),
}
