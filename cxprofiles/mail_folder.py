"""Django's mail, written to the folder for messages: the default where EMAIL_URL names no server."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from consent.message_folder import MAIL, write_message


class FolderBackend(BaseEmailBackend):
    """Writes each message to a file of its own. Addresses are in the files alone, never in the log."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages; how many there were."""
        for message in email_messages:
            write_message(message.message().as_bytes(), MAIL)
        return len(email_messages)
