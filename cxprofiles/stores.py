"""Which of the edge's tables, and of Django's own, hold personal data of consumers (consent/stores.py): none."""

from consent.stores import NotPersonal, register

STAFF = "About those who work here, not about consumers; their accounts are theirs."

register(
    NotPersonal("cxprofiles.ApiToken", "Services that may call."),
    NotPersonal("cxprofiles.StaffRight", "No table: names of rights."),
    NotPersonal("cxprofiles.StaffSignIn", STAFF),
    NotPersonal("account.EmailAddress", STAFF),
    NotPersonal("account.EmailConfirmation", STAFF),
    NotPersonal("mfa.Authenticator", STAFF),
    NotPersonal("usersessions.UserSession", STAFF),
    NotPersonal("socialaccount.SocialAccount", STAFF),
    NotPersonal("socialaccount.SocialApp", "Providers of single sign-on; the settings name the one that is used."),
    NotPersonal("socialaccount.SocialToken", STAFF),
    NotPersonal("admin.LogEntry", "What staff changed in settings; raw records of consumers cannot be changed there."),
    NotPersonal("auth.User", STAFF),
    NotPersonal("auth.Group", "Roles of staff."),
    NotPersonal("auth.Permission", "What staff may do."),
    NotPersonal("auth.Group_permissions", "What roles may do."),
    NotPersonal("auth.User_groups", STAFF),
    NotPersonal("auth.User_user_permissions", STAFF),
    NotPersonal("contenttypes.ContentType", "Names of tables."),
    NotPersonal("sessions.Session", "Sessions of staff; consumers' visits are kept in `visit`."),
)
