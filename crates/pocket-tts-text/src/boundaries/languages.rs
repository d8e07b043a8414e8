//! The words that decide whether a period ends a sentence: abbreviations and first words of sentences, by language.
//!
//! Words are separated by spaces. One with a capital counts with a capital only, because in small letters it is another
//! word. A period inside belongs to the word, and the one after it is left out. An underscore joins two words that are an
//! abbreviation only together.

/// The words of one language.
pub(super) struct Language {
    /// Before names: never at the end of a sentence.
    pub(super) titles: &'static str,
    /// Before any word: never at the end of a sentence.
    pub(super) inner: &'static str,
    /// An abbreviation only before a number.
    pub(super) numbered: &'static str,
    /// Inside a sentence or at its end, which the next word decides.
    pub(super) either: &'static str,
    /// Words that begin sentences often, and are seldom part of a name.
    pub(super) starters: &'static str,
    /// As `starters`, but also part of names: `Robert A. De Niro`.
    pub(super) particles: &'static str,
    /// Verbs after a name that say who spoke: `"Who?" Anna asked`.
    pub(super) speech: &'static str,
    /// Words after an ordinal number, where that has a period.
    pub(super) after_ordinals: &'static str,
}

pub(super) const LANGUAGES: [Language; 7] = [
    Language {
        titles: "mr mrs ms mx dr prof messrs Rev Hon Gen Col Capt Cpt Lt Sgt Cpl Maj Cmdr Adm Gov Pres Sen Rep Supt \
                 Insp Det Fr Mt Ft Msgr",
        inner: "e.g i.e eg ie viz approx cf vs incl esp resp",
        numbered: "no nos pp fig figs eq eqs vol vols ch chs sec secs art arts ext op est pt para ver \
                   jan feb mar apr jun jul aug sep sept oct nov dec",
        either: "etc et_al jr inc ltd corp co bros st ave blvd rd dept univ assn ed eds min max a.m p.m u.s u.k u.n \
                 ph.d b.c a.d d.c tel",
        starters: "The This That These Those There Then They He She It We You I His Her Its Their Our My Your In On At \
                   By For From With Without After Before During While When Where Why Who What Which How If Because \
                   Although But And Or So Yet Not No Yes Now Here Once Perhaps Maybe However Meanwhile Later Some \
                   Many Most Each Every All Both As To Is Are Was Were Do Does Did Can Could Will Would Should Let \
                   Nobody Nothing Everyone Everything Only Even Still Again Finally Suddenly Since Until A An",
        particles: "",
        speech: "said asked replied cried shouted whispered answered called muttered wondered demanded exclaimed \
                 screamed yelled sighed murmured added repeated laughed groaned says asks replies",
        after_ordinals: "",
    },
    Language {
        titles: "mm mme mmes mlle mlles mgr pr ste",
        inner: "c.-à-d env qqch qqn ap",
        numbered: "chap éd janv févr avr juil déc",
        either: "av bd par_ex j.-c boul hab tél id ibid ét",
        starters: "Les Un Une Des Ce Cet Cette Ces Il Elle Ils Elles Je Tu Nous Vous On Et Mais Ou Donc Or Car Puis \
                   Alors Dans Sur Sous Avec Sans Pour Par En Au Aux À Du Quand Lorsque Comme Si Qui Que Quoi Où \
                   Pourquoi Comment Combien Son Sa Ses Mon Ma Mes Notre Nos Votre Vos Leur Leurs Tout Tous Toute \
                   Toutes Plusieurs Certains Chaque Aucun Rien Personne Ici Là Voici Voilà Après Avant Pendant Depuis \
                   Enfin Ensuite Cependant Pourtant Ainsi Oui Non C'est Ça Cela Ceci Quel Quelle",
        particles: "Le La L D De",
        speech: "dit demanda demande répondit répond cria crie murmura ajouta reprit",
        after_ordinals: "",
    },
    Language {
        titles: "hr hrn Fr Frl dipl ing Mag hl Hptm",
        inner: "z.b d.h bzw ca vgl ggf evtl inkl exkl zzgl sog geb gest gegr verh u.u i.d.r d.i allg bes engl frz dt \
                s.o s.u v.a i.a m.e o.g",
        numbered: "nr nrn abb abs bde mind kap tab ziff anm aufl mär okt dez",
        either: "usw u.a u.v.m u.ä o.ä str jh jhd jhdt mio mrd tsd std sek n.chr v.chr chr gmbh",
        starters: "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Er Sie Es Wir Ihr Ich Du Man Dies Diese Dieser \
                   Dieses Diesen Diesem Jener Jene Und Oder Also Aber Denn Doch Sondern Auch Nur Noch Schon Dann Danach \
                   Dort Da Hier Jetzt Heute Gestern Morgen Damals Später Früher Zuerst Schließlich Plötzlich Als Wenn \
                   Weil Obwohl Nachdem Bevor Während Seit Bis Ob Wie Wo Wer Was Warum Wann Welche Im In Am An Auf Aus \
                   Bei Mit Nach Von Vom Vor Zu Zum Zur Für Gegen Ohne Um Über Unter Durch Sein Seine Seinen Ihre \
                   Ihren Mein Meine Unser Unsere Nicht Nichts Niemand Alle Alles Viele Manche Einige Jeder Jede Beide \
                   Kein Keine So Trotzdem Deshalb Daher Ja Nein Vielleicht Bitte",
        particles: "",
        speech: "sagte fragte rief antwortete flüsterte meinte erwiderte schrie murmelte",
        after_ordinals: "Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember \
                         Jahrhundert Jahrhunderts Jahrhunderte Jahrtausend Mal Platz Tag Tages Geburtstag Jahrestag \
                         Stock Klasse Kapitel Weltkrieg Weltkriegs Auflage Woche Monat Jahr Runde Spieltag Minute \
                         Etage Stunde Band",
    },
    Language {
        titles: "sr sra srta sres sras dra dña d.ª prof.ª profa lic arq gral cnel tte mons Sto Sta excmo excma ilmo",
        inner: "p.ej p_ej por_ej aprox",
        numbered: "núm núms n.º nº pág págs cap tít apdo ene abr may ago dic",
        either: "ud uds vd vds EE UU ee.uu cía avda avd s.a máx mín a.c d.c izq dcha s.l",
        starters: "Los Las Un Una Unos Unas Este Esta Estos Estas Ese Esa Esos Eso Esto Aquel Aquella Él Ella Ellos \
                   Ellas Yo Tú Nosotros Usted Ustedes Se Y E O Pero Aunque Porque Cuando Donde Mientras Como Si Sí No \
                   Ni En Con Sin Por Para Desde Hasta Entre Sobre Según Tras Ante Al A Su Sus Mi Mis Tu Tus \
                   Nuestro Nuestra Todo Todos Toda Todas Algunos Muchos Muchas Cada Nadie Nada Hoy Ayer Mañana Ahora \
                   Entonces Después Antes Luego Aquí Allí Allá También Tampoco Además Sin Quizás Tal Qué Quién Cómo \
                   Dónde Cuándo Cuánto Es Era Fue Hay Había Le Les Me Nos Lo",
        particles: "El Del",
        speech: "dijo preguntó respondió gritó exclamó contestó murmuró añadió",
        after_ordinals: "",
    },
    Language {
        titles: "sig sigg sig.ra sig.na dott dott.ssa prof.ssa avv geom rag cav comm egr gent spett On",
        inner: "ad_es p.es cfr",
        numbered: "num pag pagg artt gen mag giu lug ott",
        either: "ecc s.p.a s.r.l p.za v.le c.so",
        starters: "Il I Gli Lo Uno Una Un Questo Questa Questi Queste Quello Quella Quelli Lui Lei Loro Noi Voi Io \
                   Essi Si Ma Però Anche Perché Quando Dove Mentre Come Se Non Né In Con Senza Per Da Dal Dalla Nel \
                   Nella Nei Nelle Sul Sulla Tra Fra Dopo Prima Durante Poi Allora Così Ora Adesso Oggi Ieri Domani \
                   Qui Qua Là Lì Suo Sua Suoi Mio Mia Tuo Nostro Tutto Tutti Tutta Tutte Molti Molte Alcuni Ogni \
                   Ognuno Nessuno Niente Ancora Già Forse Infine Quindi Dunque Inoltre Chi Che Cosa Quale Quanto È Era \
                   C'è Ci Mi Ti Vi Al Alla Ai",
        particles: "Di Della Dei",
        speech: "disse chiese domandò rispose gridò esclamò mormorò aggiunse",
        after_ordinals: "",
    },
    Language {
        titles: "srs exmo exma eng enga pe des cel",
        inner: "p.ex p_ex por_ex obs",
        numbered: "pág págs fev mai ago out",
        either: "ltda cia v.exa v.ex.ª",
        starters: "O Os As Um Uma Uns Umas Este Esta Isto Isso Esse Essa Aquele Aquela Ele Ela Eles Elas Eu Tu Você \
                   Vocês Nós E Ou Mas Porém Porque Quando Onde Enquanto Como Se Sim Não Nem Em No Na Nos Nas Com Sem \
                   Por Para Desde Até Entre Sobre Após Ao À Seu Sua Seus Suas Meu Minha Teu Nosso Nossa Todo Todos \
                   Toda Todas Alguns Algumas Muitos Muitas Cada Ninguém Nada Hoje Ontem Amanhã Agora Então Depois \
                   Antes Logo Aqui Ali Lá Também Além Talvez Quem Que Qual Quanto É Era Foi Há Havia Já Ainda Só \
                   Assim Numa Num Pela Pelo Ninguém",
        particles: "Dos Do Das",
        speech: "disse perguntou respondeu gritou exclamou murmurou acrescentou",
        after_ordinals: "",
    },
    Language {
        titles: "dhr mevr mw mej drs ir ds",
        inner: "d.w.z m.a.w m.b.t i.p.v i.v.m t.o.v t.a.v t.b.v o.a bijv bv b.v excl evt z.g o.l.v n.a.v m.n o.i.d",
        numbered: "blz hfst afb mrt",
        either: "enz e.d a.u.b s.v.p n.v jl a.s",
        starters: "Het Een Dit Dat Deze Die Hij Zij Ze We Wij Jij Je Jullie Ik U Men Er En Of Maar Want Dus Toch Ook \
                   Toen Dan Daarna Daar Hier Nu Vandaag Gisteren Morgen Later Vroeger Eerst Eindelijk Plotseling Als \
                   Wanneer Omdat Hoewel Nadat Voordat Terwijl Sinds Tot Of Hoe Waar Wie Wat Waarom Welke In Op Aan Uit \
                   Bij Met Na Naar Voor Door Tegen Zonder Om Over Onder Zijn Haar Hun Mijn Onze Ons Niet Niets \
                   Niemand Alle Alles Veel Sommige Elke Iedereen Beide Geen Zo Toch Daarom Ja Nee Misschien",
        particles: "Van Den Ten Ter",
        speech: "zei vroeg riep antwoordde fluisterde zegt vraagt",
        after_ordinals: "",
    },
];
