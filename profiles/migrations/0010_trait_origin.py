"""Where the values of a trait come from: the person, what was observed, or what was worked out; and more names of what
is sensitive. Written out: a migration must not follow a file that may change.

consent/purposes.toml states the categories too. A trait that has a row already keeps it, but for the origin.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Category to the names of traits, in the spellings that clients use.
TRAITS = {
    "sensitive": """
        health_data healthData health_status healthStatus medical_history medicalHistory medical_conditions
        medicalConditions diagnosis disabilities religious_belief religiousBelief religious_beliefs religiousBeliefs
        belief race racial_origin racialOrigin ethnic_origin ethnicOrigin political_opinion politicalOpinion
        political_opinions politicalOpinions sexuality sex_life sexLife trade_union tradeUnion trade_union_membership
        tradeUnionMembership biometric biometrics biometric_data biometricData fingerprint genetic geneticId
        genetic_id precise_location preciseLocation precise_geolocation preciseGeolocation passport passport_no
        passportNo ssn drivers_license driversLicense driver_license_number driverLicenseNumber driving_licence
        drivingLicence government_id governmentId id_card_number idCardNumber identity_card_number
        identityCardNumber citizenship_status citizenshipStatus immigration_status immigrationStatus
    """,
    "behaviour": """
        propensity propensity_score propensityScore churn_score churnScore churn_probability churnProbability
        credit_score creditScore risk_score riskScore
    """,
    "transaction": "predicted_ltv predictedLtv predicted_lifetime_value predictedLifetimeValue clv",
    "account": "segments audience audiences persona",
}

# What nobody tells and nobody sees happen, but somebody works out.
INFERRED = """
    score lead_score leadScore churn_risk churnRisk engagement_score engagementScore propensity propensity_score
    propensityScore churn_score churnScore churn_probability churnProbability credit_score creditScore risk_score
    riskScore segment segments audience audiences persona ltv lifetime_value lifetimeValue predicted_ltv predictedLtv
    predicted_lifetime_value predictedLifetimeValue clv
"""
OBSERVED = """
    last_visit_at lastVisitAt last_login_at lastLoginAt last_seen_at lastSeenAt login_count loginCount visit_count
    visitCount page_views pageViews sessions utm_source utmSource utm_medium utmMedium utm_campaign utmCampaign
    referrer last_campaign lastCampaign last_order_at lastOrderAt first_order_at firstOrderAt last_purchase_at
    lastPurchaseAt first_purchase_at firstPurchaseAt order_count orderCount orders_count ordersCount total_orders
    totalOrders total_spent totalSpent average_order_value averageOrderValue cart_value cartValue returns_count
    returnsCount device device_model deviceModel device_type deviceType browser browser_version browserVersion os
    os_version osVersion app_version appVersion user_agent userAgent ip ip_address ipAddress screen_size screenSize
    push_token pushToken
"""


def create_shipped(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A row with the default rule for each name that has none, and the origin of those that nobody gives."""
    trait_rule = apps.get_model("profiles", "TraitRule")
    rows = [
        trait_rule(name=name, rule="latest", category=category)
        for category, names in TRAITS.items()
        for name in names.split()
    ]
    trait_rule.objects.bulk_create(rows, ignore_conflicts=True)
    trait_rule.objects.filter(name__in=INFERRED.split()).update(origin="inferred")
    trait_rule.objects.filter(name__in=OBSERVED.split()).update(origin="observed")


class Migration(migrations.Migration):
    dependencies = [("profiles", "0009_find_unlinked_mentions")]

    operations = [
        migrations.AddField(
            model_name="traitrule",
            name="origin",
            field=models.TextField(
                choices=[("provided", "Provided"), ("observed", "Observed"), ("inferred", "Inferred")],
                db_default="provided",
                default="provided",
                help_text="Who it is from: the person gave it, it was observed, or it was worked out.",
            ),
        ),
        migrations.RunPython(create_shipped, migrations.RunPython.noop),
    ]
