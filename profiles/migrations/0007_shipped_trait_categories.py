"""The data categories of common traits, written out: a migration must not follow a file that may change.

consent/purposes.toml states the same. A trait that has a row already keeps it.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Category to the names of traits, in the spellings that clients use.
TRAITS = {
    "identity": """
        first_name firstName last_name lastName family_name familyName given_name givenName middle_name middleName
        nick_name nickName nickname name full_name fullName display_name displayName title salutation username
        user_name userName avatar photo pronouns
    """,
    "contact": """
        email email_address emailAddress phone phone_number phoneNumber mobile mobile_number mobileNumber address
        street street_address streetAddress house_number houseNumber postal_code postalCode zip zip_code zipCode
        zipcode postcode social_handle socialHandle website
    """,
    "demographic": """
        date_of_birth dateOfBirth birth_date birthDate birthday birthdate birth_year birthYear year_of_birth
        yearOfBirth age age_group ageGroup gender marital_status maritalStatus household_size householdSize children
        education occupation job_title jobTitle income_band incomeBand nationality
    """,
    "location": """
        city country country_code countryCode state state_code stateCode region province county timezone time_zone
        timeZone latitude longitude location last_location lastLocation home_store homeStore
    """,
    "preference": """
        language locale preferred_language preferredLanguage interests favourite_category favouriteCategory
        favorite_category favoriteCategory favourite_categories favouriteCategories favorite_categories
        favoriteCategories favourite_store favouriteStore favorite_store favoriteStore favourite_brand
        favouriteBrand favorite_brand favoriteBrand favourite_colour favouriteColour favorite_color favoriteColor
        preferred_channel preferredChannel preferred_store preferredStore preferences newsletter_topics
        newsletterTopics topics wishlist clothing_size clothingSize shoe_size shoeSize diet currency
    """,
    "account": """
        plan company company_name companyName organisation organization loyalty_id loyaltyId loyalty_tier
        loyaltyTier loyalty_points loyaltyPoints loyalty_number loyaltyNumber tier crm_id crmId user_id userId
        customer_id customerId customer_no customerNo customer_number customerNumber customer_type customerType
        customer_since customerSince member_id memberId member_since memberSince membership_level membershipLevel
        created_at createdAt signed_up_at signedUpAt signup_date signupDate registered_at registeredAt role status
        segment subscription subscription_status subscriptionStatus account_type accountType vip employees industry
    """,
    "behaviour": """
        last_visit_at lastVisitAt last_login_at lastLoginAt last_seen_at lastSeenAt login_count loginCount
        visit_count visitCount page_views pageViews sessions score lead_score leadScore churn_risk churnRisk
        engagement_score engagementScore utm_source utmSource utm_medium utmMedium utm_campaign utmCampaign referrer
        last_campaign lastCampaign
    """,
    "transaction": """
        last_order_at lastOrderAt first_order_at firstOrderAt last_purchase_at lastPurchaseAt first_purchase_at
        firstPurchaseAt order_count orderCount orders_count ordersCount total_orders totalOrders total_spent
        totalSpent lifetime_value lifetimeValue ltv average_order_value averageOrderValue cart_value cartValue
        payment_method paymentMethod returns_count returnsCount balance
    """,
    "device": """
        device device_model deviceModel device_type deviceType browser browser_version browserVersion os os_version
        osVersion app_version appVersion user_agent userAgent ip ip_address ipAddress screen_size screenSize
        push_token pushToken push_enabled pushEnabled
    """,
    "sensitive": """
        health health_conditions healthConditions allergies disability ethnicity religion political_views
        politicalViews sexual_orientation sexualOrientation union_membership unionMembership biometric_id
        biometricId genetic_data geneticData criminal_record criminalRecord passport_number passportNumber
        national_id nationalId social_security_number socialSecurityNumber tax_id taxId bank_account bankAccount
        iban credit_card creditCard
    """,
}


def create_shipped(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A row with the default rule for each of them."""
    trait_rule = apps.get_model("profiles", "TraitRule")
    rows = [
        trait_rule(name=name, rule="latest", category=category)
        for category, names in TRAITS.items()
        for name in names.split()
    ]
    trait_rule.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("profiles", "0006_consent_on_identifiers")]

    operations = [migrations.RunPython(create_shipped, migrations.RunPython.noop)]
