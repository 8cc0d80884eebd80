"""What French people say of a training, and the words under which catalogues have it.

Written from the trade's vocabulary, for no catalogue in particular: a tenant's own words belong in the
skills of its courses. On the left phrases and words, without accents, singular or plural alike; on
the right single words, any of which stands for what was said, so that none may be a common one. A
word that stands on both sides of a line is found by the others. `PHRASE_MAX` is the longest phrase.
"""

LINES = """
feuille de calcul, calc, google sheets, tableur, excel > tableur excel
traitement de texte, google docs, writer > word
diaporama, diapositive, slide, powerpoint, google slides > powerpoint diaporama
boite mail, gmail, messagerie, outlook > messagerie outlook
mail, email, e mail, courrier electronique, courriel > courriel ecrits
compte rendu, rapport ecrit, note de synthese, rediger, redaction > rediger ecrits redaction
faute de francais, faute d orthographe, grammaire, conjugaison, projet voltaire, certificat voltaire > orthographe grammaire
visio, zoom, google meet, reunion en ligne, visioconference > visioconference
travailler a plusieurs, coedition, coediter, partager des documents, partager ses documents, partager des fichiers, sharepoint, onedrive > collaboratif teams
pack office, suite office, office 365, microsoft 365, bureautique > bureautique
dashboard > tableau bord
kpi > indicateurs
dataviz, datavisualisation, business intelligence, informatique decisionnelle > bi visualiser
chatgpt, copilot, gemini, ia, llm, chatbot, prompt, agent conversationnel > intelligence artificielle generative
piratage, pirate, pirater, hacker, hameconnage, phishing, rancongiciel, ransomware, cyberattaque, securite informatique, arnaque en ligne, virus informatique, mot de passe > cybersecurite
vie privee, donnee personnelle, donnee a caractere personnel, cnil, dpo, rgpd > rgpd
community management, community manager, facebook, instagram, tiktok, linkedin, youtube, snapchat > reseaux sociaux
seo, sea, moteur de recherche, google ads, referencement > referencement seo
site internet, site web, site vitrine, webmaster, wordpress > wordpress web
coder, codage, programmer, programmation, developpement informatique, developpement logiciel > programmation
pao, infographiste, infographie, indesign, illustrator, photoshop > infographie pao photoshop

english, toeic, toefl, linguaskill, anglophone, anglais > anglais
dele, hispanophone, espagnol > espagnol
goethe, germanophone, allemand > allemand
fle, francais langue etrangere, alphabetisation, illettrisme > fle alphabetisation

premier secours, premier soin, geste qui sauve, geste d urgence, massage cardiaque, arret cardiaque, reanimer, blesse, secourir, secours, secourisme, secouriste, sst, psc1 > secourisme secouriste sst
feu, extincteur, incendie, pompier, evacuation, evacuer, guide file, serre file, ssiap > incendie evacuation extincteur
electricien, electrocution, courant electrique, tableau electrique, h0b0, b0h0, nf c 18 510, habilitation electrique > electrique electricite
cariste, caces, chariot elevateur, fenwick, transpalette, gerbeur, r489 > caces cariste chariot
nacelle, pemp, r486, plateforme elevatrice > nacelle pemp
echafaudage, harnais, cordiste, travail en hauteur, travaux en hauteur, chute de hauteur > hauteur echafaudage harnais
dos, lombaire, lumbago, douleur, lombalgie, port de charge, charge lourde, soulever, trouble musculo squelettique, mal de dos, manutentionnaire, prap, tms, geste et posture, ergonomie > manutention tms postures
document unique, risque professionnel, evaluation des risques, duer, duerp, papripact > duerp
burn out, burnout, epuisement professionnel, souffrance au travail, mal etre au travail, qvt, qvct, rps, psychosocial > psychosociaux
sexisme, sexiste, agissement sexiste, harceleur, harcelement > harcelement
produit dangereux, produit toxique, cmr, agent chimique > chimique
haccp, hygiene alimentaire, securite alimentaire > haccp
comite social et economique, elu du personnel, representant du personnel, delegue du personnel, cse, cssct > cse cssct

embaucher, embauche, sourcing, recruter, recrutement, recruteur > recruter recrutement
fiche de paie, feuille de paie, dsn, cotisation sociale, gestionnaire de paie, paie > paie bulletin salaire
licencier, licenciement, se separer d un salarie, rupture conventionnelle, demission, faute grave, prud homme, prudhomme > rupture contrat
code du travail, legislation sociale, reglementation du travail > droit
bilan annuel, evaluation annuelle, entretien annuel, entretien d evaluation, entretien professionnel > entretien entretiens
apprenti, alternant, stagiaire, maitre d apprentissage, maitre de stage, tuteur, tutorat > tuteur tutorat
animer une formation, former des adultes, formateur occasionnel, transmettre son savoir, transmettre ses savoirs, pedagogie, formateur > formateur pedagogie pedagogique
rqth, travailleur handicape, referent handicap, handicape > handicap

encadrer, encadrement, chef d equipe, responsable d equipe, diriger une equipe, mener une equipe, leadership, leader, manager, management > management manager encadrement
confier des taches, repartir le travail, deleguer > deleguer delegation
dispute, desaccord, mesentente, querelle, mediation, conflit > conflit conflits
reorganisation, resistance au changement, conduite du changement > changement
chef de projet, gantt, retroplanning, planification, scrum, agile, kanban, gestion de projet > projet projets
lean, kaizen, 5s, six sigma, amelioration continue > lean
iso 9001, norme qualite, systeme qualite, demarche qualite > qualite
bilan carbone, transition ecologique, developpement durable, ecologie, decarboner, rse > rse carbone durable

orateur, eloquence, discours, auditoire, trac, a l aise a l oral, aisance a l oral, parler devant, prendre le micro, aisance orale, prise de parole > parole orale
s affirmer, affirmation de soi, dire non, confiance en soi, timidite, assertif, assertivite > assertivite affirmer
procrastination, procrastiner, deborde, agenda, emploi du temps, gerer ses priorites, gestion du temps > temps priorites
negocier, marchander, negociation, negociateur > negociation negocier
prospect, prospecter, prospection, demarcher, demarchage, rendez vous commercial, vendre, vendeur, vente, technico commercial > vente vendre prospection commercial
client mecontent, client difficile, standard telephonique, standardiste, hotesse, receptionniste, accueillir, service client, relation client > accueil client

compta, tenir les comptes, livre de comptes, plan comptable, ecriture comptable, liasse fiscale, cloture des comptes, comptable, comptabilite > comptabilite comptable
tva, impot, fiscal, fiscalite > tva fiscalite
impaye, recouvrer, recouvrement, creance, facture en retard > relance tresorerie
solde bancaire, cash, decouvert bancaire, flux de tresorerie > tresorerie
prix de revient, rentabilite, seuil de rentabilite, marge, controleur de gestion > budget couts
acheteur, fournisseur, approvisionnement, achat > achats approvisionnement
entrepot, inventaire, magasinage, supply chain, stock, logistique > logistique stocks
auto entrepreneur, micro entreprise, creer sa boite, creer son entreprise, se mettre a son compte, monter son entreprise > entrepreneur
"""


def singular(word: str) -> str:
    """Return a word without the mark of its plural, right or wrong: both sides are read so."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _read(lines: str) -> dict[str, list[str]]:
    """Return by what is said, its words in the singular, what it may be called."""
    table: dict[str, list[str]] = {}
    for line in lines.strip().splitlines():
        saids, _, meant = line.partition(" > ")
        for said in saids.split(", ") if meant else ():
            key = " ".join(singular(word) for word in said.split())
            others = [one for one in meant.split() if singular(one) != key]
            table.setdefault(key, []).extend(others)
    return {said: others for said, others in table.items() if others}


THESAURUS = _read(LINES)
PHRASE_MAX = max(len(said.split()) for said in THESAURUS)
