"""Words that are names of people as well, and that pages need: names only where written as names. Pure."""

from __future__ import annotations

import re
from functools import cache

from publisher.shipped import shipped

#: English words, units and methods that are names; words of HTML, CSS and of the theme that pages are made with.
_WORDS = """
abbot adam angel angstrom archer ash august autumn baker banks baron barn barrel bay beach bean bear beck
becquerel bell berg best bird bishop black blake blank block bloom blue boiling bold bolt bond born bosch
bow bower box boy branch brand bridge bright brook brooks brown buck bull burn burns bush butler butter
byte cabin can cannon cape car carbon card carpenter carrier carter case castle cave cell center centre
chance chapel chapman chase check child christian church clark clay clean clear clerk cliff close cloud
coin cole collier commons constant content cook cool cooper copper corner cotton count course court craft
crane cross crown curie current curry dale dalton data date dawn day dean dear deep delta derby dirac
doll dove down drake draw drew drum duke dull eagle earl early east easy else empty end english ernest
even ever exponent eye factor fair faith falk false farad farmer fast fellow fermi field fields figure
fine fisher fit fitch flag flint flood flow flower force ford forest form forth foster fowler fox frame
frank franklin freeman french fresh friend frost fuller gardner garland gate gauss gilbert glass glen
glover god gold golden good grace graham grand grant graph gray green grey griffin grid ground grove
guard guest gun hale half hall hand hands hard hardy harp hart harvest hawk hay head heath heaven henry
hermit hertz high hill hilbert hobby hogg holder hole holland hollow holly home hood hook hope horn house
howe hub human hunt hunter ice iris iron isle ivy jack jade january jasper jewel job jordan joule joy
judge june junior just kay keen kelvin key kind king knight kraft lake lamb lambert lance land lane lang
large last law lawn lead leaf lean lemon length lens less letter level light like lily line link lion
list little lock lode log london long lord love low luck lumen lux mach main major male mall malt manly
manner many map march mark marker marks marsh marshall martin mason mass master match matter max maxwell
may mayor mead mean meadow measure mercer mercury merit merry method metric mile miles mill miller mind
mint mode model monday monk moon moor moore more morning moss mount mouse myth nash near neat neck needle
new newman newton night noble noon norm norman north note nova null number oak object ocean ohm olive
open order orient orr over owen own oxford page paint palm palmer pan paper parish park parker part
pascal past patch path patience peace peacock pear pearl pen penny pepper perfect phase philosopher piece
pike pilgrim pine piper pitt place plain plane plant point pole pond pool poor pope port porter post
potter potts pound power powers precious present press price pride priest prime prince prior proper pure
queen quick rain ramp ramsey range rank ray read ready real record red reed rest rich riches ridge right
ring rise rivers road robin rock rod roll rolling roman romance root rosa rose row ruby rule run rush
sage sales salt samples sand sands savage scale school scope score scott sea seal season self serge
series set sexton shade shadow shape sharp shepherd sheriff shine shock shore short shot sierra sigma
silver simple singer sky slack slate slater small smart smith smooth snow solar sole son sparks speck
speed spence spencer spring square stable stack standard star start state steel steep stern stock stokes
stone storm strange stream street strong sugar summer sun sunday swan sweet swift swing table tag tail
tanner taper task taylor teal tesla thorn tide till time tipping title todd tolerance torr total tower
town trace track train tree trial trip troy true trust tucker tune turn turner tyler union unit vale
valley value van vane vector vega verify verse view vine violet viper volt wade wake walk walker wall
ward warm warner water waters watt wave way weaver webb weber week weight well wells west weyl wheat
wheel wheeler white wick wide wild wilder will williams wind winds wing winner winter wise wolf wood
woods word work worth wren wright yard year york young zero an are as at be by do for from go he her his
how if in is it its me my no not of on or our out pi so than that the then this to up us was we were with
you api app cpu csv dev doc ftp git gpu hdf http https img ini ion ipc iso job js jpg json lab lib log
mac max min mpi net nfs nox npm ode old one org os pc pde pdf pip png ppm py rad ram raw ref rgb rms run
sas sd sem set sh sim sin sql ssd ssh std sub sum svg sys tan tar tcp tex tmp top two txt uid uri url usb
utc var vm vtk wav web win xml yml zip
"""
_HTML = """
abbr accesskey address align alt anchor area aria article aside async attribute audio autoplay background
banner base bgcolor block blockquote body border bottom br button canvas caption center charset class
clip code col cols color column content controls coords cursor data datalist dd defer del details dialog
dir direction disabled display div dl download draggable drawer dt em embed fieldset figcaption figure
fixed flex float font footer form frame grid group head header heading height hidden hover hr html icon
iframe img inline inner input ins item kbd label lang layout left legend li link list loading main map
margin mark media menu meta method meter name nav navigation none noscript object ol opacity option
outline overlay overflow padding param path pattern picture placeholder position pre primary progress
query radius rel required reset result right role rotate row rows rp rt ruby samp scope screen script
scroll search secondary section select shadow shape sidebar size skip slot small source span src start
static step strike strong style sub submit summary sup svg symbol tab tabbed tabindex table tabs target
tbody td template text textarea tfoot th thead time title toc toggle tooltip top tr track transform type
typeset ul url use value var video view visible width wrap
"""


@cache
def ordinary_words() -> frozenset[str]:
    """Small letters: those words, and all that stand in the templates, scripts and styles of a site."""
    found = {*_WORDS.split(), *_HTML.split()}
    for path in sorted(shipped("site_template").rglob("*.*")):
        if path.suffix in (".j2", ".js", ".css"):
            found.update(re.findall(r"[a-z]{2,}", path.read_text("utf-8").lower()))
    return frozenset(found)
