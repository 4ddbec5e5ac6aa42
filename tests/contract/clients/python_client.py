"""Submits messages with infobip-api-python-client, in that client's own environment.

Usage: python_client.py URL COUNT. Of each kind of message, COUNT are submitted, each for an entity
of its own, named by its kind and number; the answers are of no interest.
"""

import sys
from contextlib import suppress

from infobip_api_client import ApiClient, Configuration, api, models
from pydantic import ValidationError


def platform(kind, number):
    """Return platform options with an entity of their own, and an application that is unknown."""
    return models.Platform(entity_id=f"{kind} {number} é😀", application_id="unknown")


def text_message(number):
    """Return an SMS (v3)."""
    return models.SmsMessage(
        sender="InfoSMS",
        destinations=[models.SmsDestination(to="441134960000")],
        content=models.SmsMessageContent(models.SmsTextContent(text="Hello")),
        options=models.SmsMessageOptions(platform=platform("sms", number)),
    )


def channel_message(number):
    """Return a message for the Messages API."""
    return models.MessagesApiRequestMessagesInner(
        models.MessagesApiMessage(
            channel="SMS",
            sender="InfoSMS",
            destinations=[
                models.MessagesApiMessageDestination(
                    models.MessagesApiToDestination(to="441134960000")
                )
            ],
            content=models.MessagesApiMessageContent(
                body=models.MessagesApiMessageTextBody(text="Hello", type="TEXT")
            ),
            options=models.MessagesApiMessageOptions(platform=platform("messages", number)),
        )
    )


def viber_message(number):
    """Return a Viber message (v2)."""
    return models.ViberMessage(
        sender="InfoSMS",
        destinations=[models.ViberToDestination(to="441134960000")],
        content=models.ViberOutboundTextContent(text="Hello"),
        options=models.ViberMessageOptions(platform=platform("viber", number)),
    )


def email(number):
    """Return an email (v4)."""
    return models.EmailMessage(
        sender="shop@example.com",
        destinations=[
            models.EmailGroupDestination(
                to=[models.EmailToDestination(destination="customer@example.com")]
            )
        ],
        content=models.EmailMessageContent(subject="Hello", text="Hello"),
        options=models.EmailMessageOptions(platform=platform("email", number)),
    )


def mime_email(number):
    """Return an email in MIME format."""
    ids = platform("mime", number)
    return models.EmailSendMimeRequestSchema(
        mime_message="SGVsbG8=", entity_id=ids.entity_id, application_id=ids.application_id
    )


def call(number):
    """Return a call."""
    return models.CallRequest(
        endpoint=models.CallsPhoneEndpoint(phone_number="441134960000", type="PHONE"),
        var_from="441134960001",
        calls_configuration_id="orders",
        platform=platform("call", number),
    )


def submit(url, count):
    """Submit all messages."""
    client = ApiClient(Configuration(host=url, api_key="key"))
    sms, messages, viber = api.SmsApi(client), api.MessagesApi(client), api.ViberApi(client)
    emails, calls = api.EmailApi(client), api.CallsApi(client)
    for number in range(count):
        for send, request in (
            (sms.send_sms_messages, models.SmsRequest(messages=[text_message(number)])),
            (
                messages.send_messages_api_message,
                models.MessagesApiRequest(messages=[channel_message(number)]),
            ),
            (viber.send_viber_messages, models.ViberRequest(messages=[viber_message(number)])),
            (emails.send_email, models.EmailRequest(messages=[email(number)])),
            (emails.send_mime_email, mime_email(number)),
            (calls.create_call, call(number)),
        ):
            # The listener answers every request with an empty document.
            with suppress(ValidationError):
                send(request)


if __name__ == "__main__":
    submit(sys.argv[1], int(sys.argv[2]))
