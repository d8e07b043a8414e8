"""Lists of words and phrases for the templates, by the names that stand there in braces."""

# Items are separated by bars.
WORDS = {
    "first": ("James|Mary|Robert|Patricia|John|Jennifer|Michael|Linda|David|Elizabeth|William|Barbara|Richard|"
         "Susan|Joseph|Jessica|Thomas|Karen|Christopher|Sarah|Charles|Lisa|Daniel|Nancy|Matthew|Sandra|"
         "Anthony|Ashley|Mark|Emily|Steven|Kimberly|Andrew|Margaret|Paul|Donna|Joshua|Michelle|Kenneth|Carol|"
         "Kevin|Amanda|Brian|Melissa|Timothy|Deborah|Ronald|Stephanie|George|Rebecca|Jason|Laura|Edward|"
         "Helen|Jeffrey|Sharon|Ryan|Cynthia|Jacob|Kathleen|Nicholas|Amy|Gary|Angela|Eric|Anna|Jonathan|Ruth|"
         "Stephen|Brenda|Larry|Pamela|Justin|Nicole|Scott|Katherine|Brandon|Samantha|Benjamin|Christine|"
         "Samuel|Emma|Gregory|Catherine|Alexander|Virginia|Patrick|Rachel|Frank|Janet|Raymond|Maria|Jack|"
         "Heather|Dennis|Diane|Jerry|Julie|Tyler|Joyce|Aaron|Victoria|Jose|Kelly|Adam|Christina|Nathan|Joan|"
         "Henry|Evelyn|Zachary|Olivia|Douglas|Martha|Peter|Judith|Kyle|Megan|Noah|Cheryl|Ethan|Hannah|"
         "Jeremy|Jacqueline|Walter|Frances|Christian|Ann|Keith|Jean|Roger|Alice|Terry|Kathryn|Austin|Gloria|"
         "Sean|Teresa|Gerald|Doris|Carl|Sara|Harold|Janice|Dylan|Julia|Arthur|Grace|Lawrence|Judy|Jordan|"
         "Theresa|Jesse|Beverly|Bryan|Denise|Billy|Marilyn|Bruce|Amber|Gabriel|Danielle|Joe|Rose|Logan|"
         "Brittany|Alan|Diana|Juan|Abigail|Albert|Jane|Willie|Natalie|Elijah|Lori|Wayne|Tiffany|Randy|"
         "Alexis|Vincent|Kayla|Mason|Oliver|Sophie|Lucy|Charlotte|Leo|Max|Felix|Oscar|Hugo|Clara|Ella|Nora|"
         "Ivy|Sylvia|Edith|Ralph|Stanley|Philip|Simon|Martin|Ian|Colin|Neil|Fiona|Claire|Louise|Nina|Maya|"
         "Chloe|Isabel|Amelia|Harriet|Eleanor|Florence|Beatrice|Winston|Duncan|Malcolm|Leonard|Theodore|"
         "Franklin"),
    "last": ("Smith|Johnson|Williams|Brown|Jones|Garcia|Miller|Davis|Rodriguez|Martinez|Hernandez|Lopez|Gonzalez|"
         "Wilson|Anderson|Thomas|Taylor|Moore|Jackson|Martin|Lee|Perez|Thompson|White|Harris|Sanchez|Clark|"
         "Ramirez|Lewis|Robinson|Walker|Young|Allen|King|Wright|Scott|Torres|Nguyen|Hill|Flores|Green|Adams|"
         "Nelson|Baker|Hall|Rivera|Campbell|Mitchell|Carter|Roberts|Gomez|Phillips|Evans|Turner|Diaz|Parker|"
         "Cruz|Edwards|Collins|Reyes|Stewart|Morris|Morales|Murphy|Cook|Rogers|Gutierrez|Ortiz|Morgan|Cooper|"
         "Peterson|Bailey|Reed|Kelly|Howard|Ramos|Kim|Cox|Ward|Richardson|Watson|Brooks|Chavez|Wood|Bennett|"
         "Gray|Hughes|Price|Myers|Long|Foster|Sanders|Ross|Powell|Sullivan|Russell|Fisher|Henderson|Cole|"
         "Jenkins|Perry|Butler|Barnes|Hamilton|Graham|Reynolds|Griffin|Wallace|West|Hayes|Bryant|Gibson|"
         "Ellis|Stevens|Murray|Ford|Marshall|Owens|McDonald|Harrison|Kennedy|Wells|Woods|Webster|Dixon|Hunt|"
         "Palmer|Holmes|Stone|Hawkins|Dunn|Lincoln|Churchill|Newton"),
    "title": "Mister|Missus|Miss|Doctor|Professor|Captain|Aunt|Uncle|President",
    "place": ("London|Paris|Berlin|Madrid|Rome|Vienna|Dublin|Edinburgh|Glasgow|Manchester|Liverpool|Oxford|"
         "Cambridge|Amsterdam|Brussels|Geneva|Zurich|Munich|Hamburg|Frankfurt|Prague|Warsaw|Budapest|Athens|"
         "Istanbul|Moscow|Stockholm|Oslo|Copenhagen|Helsinki|Lisbon|Barcelona|Milan|Venice|Florence|Naples|"
         "Cairo|Nairobi|Cape Town|Delhi|Mumbai|Bangkok|Singapore|Hong Kong|Shanghai|Beijing|Tokyo|Seoul|"
         "Sydney|Melbourne|Auckland|Toronto|Montreal|Vancouver|Ottawa|New York|Boston|Chicago|Detroit|"
         "Philadelphia|Baltimore|Washington|Atlanta|Miami|Orlando|New Orleans|Houston|Dallas|Austin|Denver|"
         "Phoenix|Las Vegas|Los Angeles|San Diego|San Francisco|Seattle|Portland|Salt Lake City|Minneapolis|"
         "Saint Louis|Kansas City|Nashville|Memphis|Pittsburgh|Cleveland|Cincinnati|Honolulu|Alaska|California|"
         "Texas|Florida|Oregon|Virginia|Georgia|Michigan|Ohio|Montana|Pennsylvania|Massachusetts|England|"
         "Scotland|Ireland|Wales|France|Germany|Spain|Italy|Portugal|Greece|Turkey|Egypt|Kenya|Africa|India|"
         "China|Japan|Korea|Australia|New Zealand|Canada|Mexico|Brazil|Argentina|Chile|Peru|America|Europe|"
         "Asia|Norway|Sweden|Denmark|Finland|Poland|Hungary|Austria|Switzerland|Holland|Belgium|Russia|"
         "Baker Street|Park Avenue|Oxford Road|Main Street|Lincoln Avenue|Broadway|Central Park|the Pacific Ocean|"
         "the Atlantic Ocean|the Nile|the Alps|Mount Everest"),
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December",
    "thing": ("book|letter|chair|minute|window|picture|bottle|ticket|story|car|house|train|table|door|key|box|"
         "garden|river|road|bridge|shop|kitchen|phone|lamp|coat|hat|shoe|glove|clock|piano|guitar|camera|"
         "computer|printer|bicycle|boat|plane|truck|bus|apple|orange|potato|sandwich|cake|cookie|egg|onion|"
         "tomato|carrot|pencil|notebook|folder|map|flag|coin|stamp|basket|blanket|pillow|mirror|candle|"
         "hammer|ladder|rope|bucket|shovel|engine|wheel|battery|screen|keyboard|package|envelope|museum|"
         "library|school|hospital|station|airport|hotel|restaurant|bakery|market|office|church|castle|island|"
         "mountain|valley|forest|lake"),
    "many": ("people|children|students|workers|visitors|soldiers|sailors|birds|horses|sheep|cows|trees|islands|"
         "houses|streets|books|pages|letters|words|minutes|hours|days|weeks|years|miles|meters|kilometers|"
         "pounds|grams|gallons|dollars|euros|tickets|chairs|tables|bottles|apples|eggs|cookies|photographs|"
         "songs|stories|windows|doors|steps|rooms|floors|seats|cars|trucks"),
    "adj": ("small|fast|quick|quiet|friendly|clever|simple|happy|careful|bright|warm|cold|tiny|strong|gentle|"
         "early|late"),
    "color": "blue|red|green|yellow|black|white|brown|gray|orange|purple|pink",
    "verb": ("run|walk|sing|talk|read|write|swim|cook|draw|listen|work|play|speak|learn|travel|dance|think|"
         "help|wait|leave|stay|sleep|drive|fly|call|come|try|stop|start|rest|eat|drink|smile|laugh|climb|"
         "jump"),
    "do": "run|speak|talk|like|work|listen|hope|help|read|start",
    "where": ("in the park|at home|by the river|in the kitchen|at school|on the phone|in the city|near the station|"
         "in the garden|under the stairs|behind the house|across the street|on the roof|in the office|"
         "at the airport|on the table|in the drawer|next to the library|at the corner|above the door|"
         "on the other side|in the middle of the night|before breakfast|after lunch|during the meeting|"
         "at the end of the road|in the early morning|for a long time|on small computers|on any machine|"
         "without a network"),
    "said": ("yes|no|maybe|okay|sure|of course|not now|not yet|why not|thank you|thanks|please|hello|hi|hey|"
         "good morning|good evening|good night|good afternoon|goodbye|bye|see you|see you later|come on|let's go|"
         "wait|stop|look|listen|sit down|stand up|hurry up|be quiet|watch out|never|always|sometimes|"
         "never mind|no problem|no way|I know|I think so|I don't know|I agree|I'm sorry|excuse me|well done|"
         "good job|great|fine|right|wrong|really|exactly|perhaps|who|what|when|where|why|how|which one|"
         "how many|how much|how long|how far|who knows|what else|what now|where to|since when|right here|"
         "over there|up and down|left|right away|in a minute|any time|once again|just once|both|neither|"
         "everyone|nobody|nothing|something|today|tonight|now|then|soon|later|too late|too bad|so what|"
         "it's me|that's it|that's all|here we go|here it is|there you are|take care|good luck|welcome|cheers|"
         "congratulations|help|go on|keep it|take it|leave me|try it|push|pull|enough|almost|ready|not ready|"
         "done"),
    "vehicle": "train|bus|plane|boat",
    "relative": "brother|sister|friend|teacher|neighbor|doctor|mother|father|uncle|aunt|grandmother",
    "daytime": "morning|afternoon|evening|night",
    "food": "flour|sugar|milk|rice|water",
    "part": "half|a third|two thirds|a quarter|three quarters",
    "start": "Although|When|Because|After|Before|If|While|Once",
    "joint": [', and', ', but', ', so', ' because', ' when', ' although', ', which is why', ' while', ' until', ' after', ' before', ', even though'],
    "helper": "voice|pocket|teacher|robot|reader|assistant|friend|computer|doctor|neighbor",
    "who": "Kyutai|the team|our friend|Anna|the lab|Paris",
    "it": ("Pocket TTS|the TTS model|a small CPU|the CPU|a tiny voice|this GPU|the USB port|an API|my PC|"
         "text to speech|the PDF|a small model|the world|the pocket voice|Kyutai's model|Kyutai's voice"),
    "be": "I'm|I am|You're|We're|They're|He's|She's|It's|That's",
    "state": "fast|small|slow|happy|ready|quick|tiny|enough|good|clever|fine|here|sure|running",
    "task": "run|speak|talk|like|work|listen|hope|help|read|start",
    "put": ("on small CPUs|on two CPUs|on old CPUs|on any CPU|on CPUs|with Pocket TTS|in your pocket|on a TV|"
         "in the world"),
    "model": "voice|model|pocket|friend",
    "me": "me|him|her|us|them|it",
}
WORDS = {k: v.split("|") if isinstance(v, str) else v for k, v in WORDS.items()}
