"""A Lambda handler as it would be deployed: nothing in it knows where it runs."""

import os


class NoFunds(Exception):
    pass


def handler(event, context):
    amount = event["amount"]
    print(f"charging {amount} {os.environ['CURRENCY']} for order {event['orderId']}")
    if amount > 500:
        raise NoFunds(f"the card has no {amount} left")
    return {"orderId": event["orderId"], "paid": amount, "receipt": context.aws_request_id}
