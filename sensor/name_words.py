"""Words that the person filter knows: common names, and what machines, rooms and makers are called, without accents.

The names are the frequent ones of the countries whose languages they come from, chosen by hand and few. Left out are
names that are better known as something else in a hospital: Ray, Gene, Art, Pat, Mark, Max, Iris, Rose, Carl (Zeiss).
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN_NAMES = _words(
    # English
    "james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony"
    " donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob"
    " gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick"
    " jack dennis jerry tyler aaron mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa"
    " nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda melissa deborah stephanie"
    " rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda pamela nicole anna samantha"
    " katherine christine debra rachel carolyn janet catherine heather diane julie joyce victoria kelly christina"
    " joan evelyn lauren judith olivia megan andrea cheryl hannah jane oliver harry"
    # French
    " jean marie pierre michel andre philippe rene louis alain jacques bernard marcel daniel roger robert claude"
    " christian georges henri nicolas laurent frederic stephane sebastien olivier francois julien guillaume"
    " thierry pascal eric patrick didier bruno vincent antoine mathieu maxime alexandre romain damien benoit"
    " cedric fabrice gilles yves serge jeanne francoise monique catherine nathalie isabelle jacqueline anne sylvie"
    " martine nicole christiane valerie sophie sandrine celine chantal patricia brigitte veronique helene camille"
    " aurelie emilie caroline lea manon chloe pauline mathilde charlotte juliette martin hugo lucas gabriel"
    " clement"
    # German
    " hans peter wolfgang klaus werner manfred helmut dieter heinz jurgen horst gunter gerhard uwe bernd rainer"
    " stefan andreas matthias markus thorsten torsten ulrich ralf jorg holger sven jens lars florian tobias"
    " sebastian johannes ursula monika petra elisabeth sabine renate helga karin brigitte ingrid erika andrea"
    " gisela claudia susanne gabriele birgit heike katrin anja silke ute katharina johanna lena lukas jonas moritz"
    # Spanish and Portuguese
    " jose manuel francisco juan antonio javier carlos miguel rafael pedro angel luis alejandro jorge fernando"
    " sergio pablo alberto diego alvaro adrian raul enrique joao tiago rui paulo ricardo maria carmen josefa"
    " isabel dolores pilar teresa ana francisca laura cristina marta lucia elena raquel rosario ines beatriz joana"
    " catarina sofia"
    # Italian
    " giuseppe giovanni antonio mario luigi francesco angelo vincenzo pietro salvatore carlo franco domenico bruno"
    " paolo michele giorgio aldo sergio luciano marco andrea stefano roberto alessandro matteo lorenzo davide"
    " simone fabio giulia chiara francesca federica silvia valentina alessia elisa giovanna lucia"
    # Dutch
    " jan johan cornelis hendrik willem pieter gerrit jacobus dirk maarten jeroen wouter bas sander daan thijs"
    " johanna wilhelmina cornelia hendrika anneke marieke ingeborg sanne femke lotte"
)

FAMILY_NAMES = _words(
    "smith jones taylor brown williams davies evans wilson johnson roberts walker wright robinson thompson hughes"
    " miller davis anderson dupont durand dubois moreau lefebvre leroy roux fournier girard mercier bonnet lambert"
    " rousseau morel garnier faure muller mueller schmidt schneider fischer weber meyer wagner becker hoffmann"
    " schulz schaefer koch bauer richter klein wolf neumann schwarz zimmermann garcia martinez lopez sanchez perez"
    " gonzalez rodriguez fernandez gomez hernandez silva santos ferreira pereira oliveira rossi russo ferrari"
    " esposito bianchi romano colombo ricci marino greco conti jansen devries bakker visser smit meijer mulder"
    " dejong vandijk nguyen"
)

TITLES = _words(
    "dr prof pr mr mrs ms mme mlle herr frau sig signora sra mevr dhr doctor docteur doktor dottor professor"
    " professeur madame monsieur"
)
UNSURE_TITLES = _words("dr mr ms pr sig")  # digital radiography, magnetic resonance, mass spectrometer, signal ...

COMPANIONS = _words("iphone ipad ipod macbook imac airpods homepod galaxy pixel android xperia oneplus redmi kindle")
COMPUTERS = _words(
    "pc laptop desktop notebook computer workstation mac tablet tablette tablett ordinateur ordenador portable"
    " portatil rechner handy phone telephone telefon telefono smartphone watch surface pro mini air win windows"
    " poste local lan home client lt nb"
)

# What owns a machine without being a person, and articles: in "PC de la pharmacie" one stands where a name would
NOUNS = _words(
    "la le les l el los las der die das den dem het the un une all my service services staff team ward wards"
    " nurse nurses doctor doctors visitor guest guests garde bloc bureau accueil secours test demo backup spare"
    " pool loan training formation schulung user users admin owner patient patients public hospital hopital"
    " krankenhaus urgence urgences reserve rechange prestamo repuesto equipe group groupe lab labs icu icus office"
    " sales support info unit units class"
)

SAINTS = _words(
    "st ste saint sainte sankt san santa santo sao sint notre hospital hopital krankenhaus klinik clinique clinic"
)
SAINTS |= _words("klinik clinique ospedale ziekenhuis chu campus building batiment institut institute")

SYSTEMS = _words(
    # modalities and examinations
    "ct mr mri irm us xa xr cr dr dx mg nm pt pet spect rf io px ot sc ecg ekg eeg emg oct bmd es rt linac cath"
    " angio echo echographe mammo radio radiology radiologie radiologia scanner scan sono ultrasound xray fluoro"
    " dental endo endoscopy opt pano carm bucky dexa irm tdm mrt"
    # systems and their parts
    " pacs ris his lis lims ehr emr dpi wl mwl mpps archive store storage scp scu qr ae router gateway gw server"
    " srv serv serveur printer print imprimante drucker impresora node db sql web app proxy dns dhcp dc nas vm esx"
    " switch ap wifi cam camera ups plc bms hmi modality worklist viewer console monitor moniteur engine mirth"
    " rhapsody orthanc interface hl7 dicom scheduler adt lab labo laboratory analyser analyzer pump pompe"
    " ventilator infusion central station bridge export import send receive test prod recette backup main master"
    " slave laserjet deskjet officejet workcentre"
    # rooms and departments
    " room salle raum zimmer sala bloc or op icu nicu picu rea uci er ed ward floor bed lit bett cama theatre"
    " urgences pharmacy pharmacie apotheke farmacia admin reception secretariat cardio cardiology neuro ortho onco"
    " oncology surgery chirurgie chir maternity maternite gyneco pediatrie pediatrics anesthesie anaesthesia"
    " recovery triage north south east west nord sud est ouest level etage bat wing"
    # makers
    " siemens healthineers philips ge gehc canon toshiba hitachi fuji fujifilm shimadzu carestream agfa konica"
    " hologic mindray drager draeger samsung medison esaote zeiss roche abbott beckman sysmex biomerieux"
    " radiometer nihon kohden baxter braun fresenius alaris medtronic stryker olympus karl storz varian elekta"
    " brainlab sectra merge synapse hp dell lenovo brother epson ricoh xerox kyocera lexmark cisco axis vmware"
    " microsoft google apple sonos roku"
)
SYSTEMS |= _words(
    "osirix horos weasis conquest dcm4chee efilm centricity intellispace intellivue carescape syngo artis"
)

TOP_DOMAINS = _words(
    "local lan internal intern intra intranet corp home arpa example test invalid localdomain net org com int edu"
    " gov eu info health hospital cloud io dev fr de es it nl be ch at uk pt ie lu us ca au"
)
