"""The purposes and consent ages that a new deployment starts with, written out: a migration must not follow a file that
may change. consent/purposes.toml states the same; a deployment changes them by a file of its own, the API or the admin.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OPT_OUT_STATES = [
    "US-CA",
    "US-CO",
    "US-CT",
    "US-DE",
    "US-FL",
    "US-IA",
    "US-IN",
    "US-KY",
    "US-MD",
    "US-MN",
    "US-MT",
    "US-NE",
    "US-NH",
    "US-NJ",
    "US-NV",
    "US-OR",
    "US-RI",
    "US-TN",
    "US-TX",
    "US-UT",
    "US-VA",
]
# What is left out here has the default of its column.
PURPOSES: list[dict[str, Any]] = [
    {
        "key": "service",
        "legal_basis": "contract",
        "default": "allowed",
        "name": {"en": "Our service to you", "de": "Unser Service für Sie", "id": "Layanan kami untuk Anda"},
        "text": {
            "en": "We use what we know of you to do what you asked us for: to fill your orders, keep your account "
            "and answer your questions.",
            "de": "Wir nutzen, was wir über Sie wissen, für das, worum Sie uns bitten: um Ihre Bestellungen zu "
            "erledigen, Ihr Konto zu führen und Ihre Fragen zu beantworten.",
            "id": "Kami memakai data tentang Anda untuk memenuhi permintaan Anda: memproses pesanan, mengelola "
            "akun, dan menjawab pertanyaan Anda.",
        },
        "categories": ["*"],
        "least_assurance": "identified",
    },
    {
        "key": "unification",
        "legal_basis": "legitimate_interest",
        "default": "allowed",
        "name": {
            "en": "One profile for all your visits",
            "de": "Ein Profil für alle Ihre Besuche",
            "id": "Satu profil untuk semua kunjungan Anda",
        },
        "text": {
            "en": "We recognise you on the web, in the app, in our stores and on the phone as the same person, so "
            "that you need not tell us everything twice. You can object; your visits are kept apart then.",
            "de": "Wir erkennen Sie im Web, in der App, im Laden und am Telefon als dieselbe Person, damit Sie uns "
            "nicht alles zweimal sagen müssen. Sie können widersprechen; dann bleiben Ihre Besuche getrennt.",
            "id": "Kami mengenali Anda di web, aplikasi, toko, dan telepon sebagai orang yang sama, sehingga Anda "
            "tidak perlu mengulang semuanya. Anda dapat menolak; kunjungan Anda lalu tetap terpisah.",
        },
        "categories": ["identity", "contact", "account", "device"],
        "least_assurance": "device",
    },
    {
        "key": "security",
        "legal_basis": "legitimate_interest",
        "default": "allowed",
        "name": {
            "en": "Safety and protection from fraud",
            "de": "Sicherheit und Schutz vor Betrug",
            "id": "Keamanan dan perlindungan dari penipuan",
        },
        "text": {
            "en": "We look for signs of misuse, to protect your account and our service. You can object for reasons "
            "of your own.",
            "de": "Wir achten auf Zeichen von Missbrauch, um Ihr Konto und unseren Dienst zu schützen. Sie können "
            "aus eigenen Gründen widersprechen.",
            "id": "Kami memperhatikan tanda penyalahgunaan untuk melindungi akun Anda dan layanan kami. Anda dapat "
            "menolak karena alasan pribadi.",
        },
        "categories": ["identity", "contact", "account", "device", "behaviour", "location"],
        "least_assurance": "device",
    },
    {
        "key": "analytics",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "Learning how our service is used",
            "de": "Verstehen, wie unser Dienst genutzt wird",
            "id": "Memahami cara layanan kami digunakan",
        },
        "text": {
            "en": "We count and compare how people use our pages, apps and stores, to find out what works and what "
            "does not.",
            "de": "Wir zählen und vergleichen, wie unsere Seiten, Apps und Läden genutzt werden, um zu sehen, was "
            "gut funktioniert und was nicht.",
            "id": "Kami menghitung dan membandingkan bagaimana situs, aplikasi, dan toko kami digunakan, untuk "
            "mengetahui apa yang sudah baik dan apa yang belum.",
        },
        "categories": ["preference", "account", "behaviour", "transaction", "location", "demographic", "device"],
        "least_assurance": "device",
    },
    {
        "key": "personalisation",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "Content that suits you",
            "de": "Inhalte, die zu Ihnen passen",
            "id": "Konten yang sesuai untuk Anda",
        },
        "text": {
            "en": "We choose what we show and recommend to you by what you looked at and bought before.",
            "de": "Wir wählen nach dem, was Sie bisher angesehen und gekauft haben, was wir Ihnen zeigen und "
            "empfehlen.",
            "id": "Kami memilih apa yang kami tampilkan dan sarankan berdasarkan apa yang pernah Anda lihat dan beli.",
        },
        "categories": ["identity", "preference", "account", "behaviour", "transaction", "location"],
        "least_assurance": "device",
    },
    {
        "key": "marketing",
        "legal_basis": "consent",
        "default": "denied",
        "name": {"en": "News and offers", "de": "Neuigkeiten und Angebote", "id": "Berita dan penawaran"},
        "text": {
            "en": "We tell you of products and offers that may interest you. For each way of reaching you we ask on "
            "its own.",
            "de": "Wir informieren Sie über Produkte und Angebote, die Sie interessieren könnten. Für jeden Weg, "
            "Sie zu erreichen, fragen wir einzeln.",
            "id": "Kami memberi tahu Anda tentang produk dan penawaran yang mungkin menarik bagi Anda. Untuk setiap "
            "cara menghubungi Anda, kami meminta izin secara terpisah.",
        },
        "categories": ["identity", "contact", "preference", "behaviour", "transaction", "location"],
        "least_assurance": "device",
    },
    {
        "key": "marketing.email",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "News and offers by email",
            "de": "Neuigkeiten und Angebote per E-Mail",
            "id": "Berita dan penawaran lewat email",
        },
        "text": {
            "en": "We send news and offers to this email address. Every message has a link to end it.",
            "de": "Wir schicken Neuigkeiten und Angebote an diese E-Mail-Adresse. Jede Nachricht enthält einen Link "
            "zum Abbestellen.",
            "id": "Kami mengirim berita dan penawaran ke alamat email ini. Setiap pesan memuat tautan untuk berhenti.",
        },
        "categories": ["identity", "contact", "preference", "behaviour", "transaction", "location"],
        "address_type": "email",
        "least_assurance": "device",
    },
    {
        "key": "marketing.sms",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "News and offers by text message",
            "de": "Neuigkeiten und Angebote per SMS",
            "id": "Berita dan penawaran lewat SMS",
        },
        "text": {
            "en": "We send text messages with news and offers to this phone number. You can end it by an answer.",
            "de": "Wir schicken SMS mit Neuigkeiten und Angeboten an diese Telefonnummer. Mit einer Antwort können "
            "Sie sie abbestellen.",
            "id": "Kami mengirim SMS berisi berita dan penawaran ke nomor telepon ini. Anda dapat menghentikannya "
            "dengan membalas pesan.",
        },
        "categories": ["identity", "contact", "preference", "behaviour", "transaction", "location"],
        "address_type": "phone",
        "least_assurance": "device",
    },
    {
        "key": "marketing.phone",
        "legal_basis": "consent",
        "default": "denied",
        "name": {"en": "Offers by phone call", "de": "Angebote per Anruf", "id": "Penawaran lewat telepon"},
        "text": {
            "en": "We call this phone number to tell you of offers. You can end it in any call.",
            "de": "Wir rufen diese Telefonnummer an, um Ihnen Angebote zu machen. In jedem Gespräch können Sie das "
            "beenden.",
            "id": "Kami menelepon nomor ini untuk menyampaikan penawaran. Anda dapat menghentikannya dalam setiap "
            "panggilan.",
        },
        "categories": ["identity", "contact", "preference", "behaviour", "transaction", "location"],
        "address_type": "phone",
        "least_assurance": "device",
    },
    {
        "key": "marketing.post",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "News and offers by post",
            "de": "Neuigkeiten und Angebote per Post",
            "id": "Berita dan penawaran lewat pos",
        },
        "text": {
            "en": "We send letters and catalogues with news and offers to your address.",
            "de": "Wir schicken Briefe und Kataloge mit Neuigkeiten und Angeboten an Ihre Anschrift.",
            "id": "Kami mengirim surat dan katalog berisi berita dan penawaran ke alamat Anda.",
        },
        "categories": ["identity", "contact", "preference", "behaviour", "transaction", "location"],
        "least_assurance": "device",
    },
    {
        "key": "marketing.push",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "Notifications on your device",
            "de": "Mitteilungen auf Ihrem Gerät",
            "id": "Notifikasi di perangkat Anda",
        },
        "text": {
            "en": "We show notifications with news and offers on this device, even when our app or page is not open.",
            "de": "Wir zeigen auf diesem Gerät Mitteilungen mit Neuigkeiten und Angeboten, auch wenn unsere App "
            "oder Seite nicht offen ist.",
            "id": "Kami menampilkan notifikasi berita dan penawaran di perangkat ini, juga ketika aplikasi atau "
            "situs kami tidak sedang dibuka.",
        },
        "categories": ["identity", "contact", "preference", "behaviour", "transaction", "location"],
        "address_type": "device_id",
        "least_assurance": "device",
    },
    {
        "key": "ads",
        "legal_basis": "consent",
        "default": "denied",
        "name": {"en": "Advertising", "de": "Werbung", "id": "Iklan"},
        "text": {
            "en": "We use data about your visits for advertising, here and elsewhere. The choices below say how.",
            "de": "Wir nutzen Daten über Ihre Besuche für Werbung, hier und anderswo. Die Einstellungen darunter "
            "sagen, auf welche Weise.",
            "id": "Kami memakai data tentang kunjungan Anda untuk iklan, di sini dan di tempat lain. Pilihan di "
            "bawah ini menjelaskan caranya.",
        },
        "categories": ["preference", "behaviour", "demographic", "location", "device"],
        "least_assurance": "device",
    },
    {
        "key": "ads.personalised",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "Advertising chosen for you",
            "de": "Auf Sie zugeschnittene Werbung",
            "id": "Iklan yang dipilih untuk Anda",
        },
        "text": {
            "en": "We choose the advertising that you see by your visits and interests. Without it you still see "
            "advertising, but the same as others.",
            "de": "Wir wählen die Werbung, die Sie sehen, nach Ihren Besuchen und Interessen aus. Ohne das sehen "
            "Sie weiter Werbung, aber dieselbe wie andere.",
            "id": "Kami memilih iklan yang Anda lihat menurut kunjungan dan minat Anda. Tanpa ini Anda tetap "
            "melihat iklan, tetapi sama seperti orang lain.",
        },
        "categories": ["preference", "behaviour", "demographic", "location", "device"],
        "least_assurance": "device",
    },
    {
        "key": "ads.sale_share",
        "legal_basis": "consent",
        "default": "denied",
        "name": {
            "en": "Passing your data on for advertising",
            "de": "Weitergabe Ihrer Daten für Werbung",
            "id": "Pemberian data Anda kepada pihak lain untuk iklan",
        },
        "text": {
            "en": "We sell or share data about you with other companies for their advertising. Where your law lets "
            "us do so unless you refuse, you can refuse here or by your browser's signal (Global Privacy "
            "Control).",
            "de": "Wir verkaufen oder teilen Daten über Sie mit anderen Unternehmen für deren Werbung. Wo Ihr Recht "
            "das erlaubt, solange Sie nicht ablehnen, können Sie hier oder mit dem Signal Ihres Browsers "
            "(Global Privacy Control) ablehnen.",
            "id": "Kami menjual atau membagikan data tentang Anda kepada perusahaan lain untuk iklan mereka. Jika "
            "hukum di tempat Anda membolehkannya selama Anda tidak menolak, Anda dapat menolak di sini atau "
            "lewat sinyal peramban Anda (Global Privacy Control).",
        },
        "categories": ["preference", "behaviour", "demographic", "location", "device"],
        "least_assurance": "device",
        "regions": {state: {"default": "allowed"} for state in OPT_OUT_STATES},
    },
    {
        "key": "research",
        "legal_basis": "consent",
        "default": "denied",
        "name": {"en": "Research and surveys", "de": "Forschung und Umfragen", "id": "Penelitian dan survei"},
        "text": {
            "en": "We use your data in studies of what people want and need, and publish only results that name "
            "nobody.",
            "de": "Wir nutzen Ihre Daten in Studien darüber, was Menschen wünschen und brauchen, und "
            "veröffentlichen nur Ergebnisse, die niemanden nennen.",
            "id": "Kami memakai data Anda dalam studi tentang keinginan dan kebutuhan orang, dan hanya menerbitkan "
            "hasil yang tidak menyebut siapa pun.",
        },
        "categories": ["preference", "behaviour", "demographic"],
        "least_assurance": "device",
    },
]
CONSENT_AGES = {
    "*": 18,
    "AT": 14,
    "BE": 13,
    "BG": 14,
    "CY": 14,
    "CZ": 15,
    "DE": 16,
    "DK": 15,
    "EE": 13,
    "ES": 14,
    "FI": 13,
    "FR": 15,
    "GB": 13,
    "GR": 15,
    "HR": 16,
    "HU": 16,
    "IE": 16,
    "IS": 13,
    "IT": 14,
    "LI": 16,
    "LT": 14,
    "LU": 16,
    "LV": 13,
    "MT": 13,
    "NL": 16,
    "NO": 13,
    "PL": 16,
    "PT": 13,
    "RO": 16,
    "SE": 13,
    "SI": 15,
    "SK": 16,
    "US": 13,
}


def create_shipped(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is missing of them; what a deployment has already stays."""
    purpose = apps.get_model("consent", "Purpose")
    purpose.objects.bulk_create([purpose(**row) for row in PURPOSES], ignore_conflicts=True)
    age = apps.get_model("consent", "ConsentAge")
    rows = [age(country=country, years=years) for country, years in CONSENT_AGES.items()]
    age.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_append_only")]

    operations = [migrations.RunPython(create_shipped, migrations.RunPython.noop)]
