"""The letter that lies in a package, in English, German and Indonesian. Pure."""

from collections.abc import Mapping, Sequence

from consent.requests.kinds import ACCESS
from consent.requests.letters import language_of

TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {"access": "Your data: access", "portability": "Your data, to take with you"},
    "de": {"access": "Ihre Daten: Auskunft", "portability": "Ihre Daten zum Mitnehmen"},
    "id": {"access": "Data Anda: akses", "portability": "Data Anda untuk dibawa"},
}


def paragraphs(text: str) -> Sequence[str]:
    """The paragraphs of a text, each in one line."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n"))


# What each language says: what this is, of which files it is, what is in it, and what is left out.
ALWAYS: Mapping[str, Sequence[str]] = {
    "en": paragraphs(
        """
        This package answers request {number}, received on {received}. It was made on {made}.

        Each table comes twice: as JSON, exact and for other services to read, and as CSV, for spreadsheets. In the
        CSV files a cell that a spreadsheet would take for a formula begins with an apostrophe.

        identifiers: by what we recognise you, and since when. traits: what you and others told us of you, from
        where and when. interactions: what happened, as it reached us. consents: what you decided, with its proof.
        receipts: the signed receipts of these decisions.

        What names other people is made unreadable (***). What is tied to you only by a shared device, by likelihood
        or by an identifier that several people use is not in here; staff look at it first.
        """
    ),
    "de": paragraphs(
        """
        Dieses Paket beantwortet die Anfrage {number}, eingegangen am {received}. Es wurde am {made} erstellt.

        Jede Tabelle liegt zweimal bei: als JSON, genau und für andere Dienste lesbar, und als CSV für
        Tabellenprogramme. In den CSV-Dateien beginnt eine Zelle, die ein solches Programm für eine Formel hielte,
        mit einem Apostroph.

        identifiers: woran wir Sie erkennen und seit wann. traits: was Sie und andere uns über Sie gesagt haben,
        woher und wann. interactions: was geschehen ist, so wie es uns erreicht hat. consents: was Sie entschieden
        haben, mit Nachweis. receipts: die unterschriebenen Belege dazu.

        Was andere Menschen benennt, ist unkenntlich gemacht (***). Was nur über ein gemeinsames Gerät, durch
        Wahrscheinlichkeit oder über eine von mehreren genutzte Kennung mit Ihnen verbunden ist, liegt nicht bei;
        das sieht sich erst jemand an.
        """
    ),
    "id": paragraphs(
        """
        Paket ini menjawab permintaan {number} yang diterima pada {received}. Paket dibuat pada {made}.

        Setiap tabel tersedia dua kali: sebagai JSON, yang persis dan dapat dibaca layanan lain, dan sebagai CSV
        untuk aplikasi lembar kerja. Dalam berkas CSV, sel yang dapat dianggap rumus diawali tanda apostrof.

        identifiers: dengan apa kami mengenali Anda, dan sejak kapan. traits: apa yang Anda dan pihak lain sampaikan
        tentang Anda, dari mana dan kapan. interactions: apa yang terjadi, sebagaimana kami terima. consents:
        keputusan Anda beserta buktinya. receipts: tanda terima bertanda tangan atas keputusan itu.

        Data yang menunjuk orang lain disamarkan (***). Data yang terkait dengan Anda hanya melalui perangkat
        bersama, kemungkinan, atau pengenal yang dipakai beberapa orang tidak disertakan; petugas memeriksanya lebih
        dulu.
        """
    ),
}

# What access has beside it.
BESIDE: Mapping[str, Sequence[str]] = {
    "en": paragraphs(
        """
        accesses: who looked at your data, when and for what. links and decisions: why we take your identifiers for
        one person's. held: what arrived while processing was restricted. requests: what you asked for before. In
        profile.json: the values that we go by, what was worked out about you, where your data came from, to whom it
        is passed on, for which purposes and on which legal basis, and how long it is kept.

        How we come to it: {logic}

        You have the right to have data corrected or erased, to have its use restricted, to object to it and to take
        back consent at any time. You can lodge a complaint with {authority}.
        """
    ),
    "de": paragraphs(
        """
        accesses: wer wann wofür auf Ihre Daten gesehen hat. links und decisions: warum wir Ihre Kennungen für die
        einer Person halten. held: was ankam, während die Verarbeitung eingeschränkt war. requests: worum Sie früher
        gebeten haben. In profile.json: die Werte, nach denen wir uns richten, was über Sie errechnet wurde, woher
        Ihre Daten kommen, an wen sie gehen, für welche Zwecke und auf welcher Rechtsgrundlage, und wie lange sie
        bleiben.

        Wie wir dazu kommen: {logic}

        Sie können Daten berichtigen oder löschen lassen, ihre Nutzung einschränken lassen, ihr widersprechen und
        jede Einwilligung jederzeit widerrufen. Beschweren können Sie sich bei: {authority}.
        """
    ),
    "id": paragraphs(
        """
        accesses: siapa yang melihat data Anda, kapan, dan untuk apa. links dan decisions: mengapa pengenal Anda
        kami anggap milik satu orang. held: data yang tiba selama pemrosesan dibatasi. requests: permintaan Anda
        sebelumnya. Dalam profile.json: nilai yang kami pakai, hal yang disimpulkan tentang Anda, asal data Anda,
        pihak yang menerimanya, untuk tujuan apa dan atas dasar hukum apa, serta berapa lama data disimpan.

        Cara kami sampai pada hal itu: {logic}

        Anda berhak meminta data diperbaiki atau dihapus, meminta pemakaiannya dibatasi, menolaknya, dan menarik
        persetujuan kapan saja. Keluhan dapat Anda ajukan kepada {authority}.
        """
    ),
}

LOGIC: Mapping[str, Sequence[str]] = {
    "en": paragraphs(
        """
        Identifiers that were seen together in one event are taken for one person's, the stronger ones first, unless
        a limit or a decision speaks against it. Of what is told of a trait, the trait's rule chooses one value, the
        latest as a rule; what you had corrected stands above all. No decision with legal or similar effect is made
        by machine.
        """
    ),
    "de": paragraphs(
        """
        Kennungen, die in einem Ereignis zusammen gesehen wurden, gelten als die einer Person, die stärkeren zuerst,
        sofern keine Grenze und keine Entscheidung dagegen spricht. Unter den Angaben zu einem Merkmal wählt dessen
        Regel einen Wert, meist den neuesten; was Sie berichtigen ließen, geht allem vor. Entscheidungen mit
        rechtlicher oder ähnlicher Wirkung trifft keine Maschine.
        """
    ),
    "id": paragraphs(
        """
        Pengenal yang terlihat bersama dalam satu peristiwa dianggap milik satu orang, yang lebih kuat lebih dulu,
        kecuali ada batas atau keputusan yang menentangnya. Dari keterangan tentang suatu ciri, aturannya memilih
        satu nilai, biasanya yang terbaru; perbaikan dari Anda mengungguli semuanya. Tidak ada keputusan berdampak
        hukum atau serupa yang dibuat mesin.
        """
    ),
}
AUTHORITY: Mapping[str, str] = {
    "en": "the supervisory authority for data protection where you live",
    "de": "der für Ihren Wohnort zuständigen Datenschutzaufsicht",
    "id": "otoritas pelindungan data di tempat tinggal Anda",
}


def title_of(type_name: str, language: str) -> str:
    """The letter's title."""
    return TITLES[language_of(language)][type_name]


def logic_in_words(language: str) -> str:
    """How profiles are made, for the person."""
    return LOGIC[language_of(language)][0]


def authority_named(authority: str, language: str) -> str:
    """Whom to complain to; `authority` empty: none in particular."""
    return authority or AUTHORITY[language_of(language)]


def paragraphs_of(type_name: str, language: str, *, number: str, received: str, made: str, authority: str) -> list[str]:
    """The letter's text."""
    tongue = language_of(language)
    sentences = [*ALWAYS[tongue], *(BESIDE[tongue] if type_name == ACCESS else ())]
    named = {"number": number, "received": received, "made": made}
    words = {"logic": LOGIC[tongue][0], "authority": authority_named(authority, language)}
    return [sentence.format(**named, **words) for sentence in sentences]
