"""What a shop does for its orders: Lambda handlers as they would be deployed. stairway.toml names them."""

import shlex

STOCK = {"lamp-17": 12, "chair-3": 40, "table-9": 2}
PRICES = {"lamp-17": 35.5, "chair-3": 60, "table-9": 145}


class OutOfStock(Exception):
    pass


class CardNetworkDown(Exception):
    pass


class CardDeclined(Exception):
    pass


def check_stock(item, context):
    """One item of an order: its price for the quantity, if there are as many."""
    sku, quantity = item["sku"], item["quantity"]
    there = STOCK.get(sku, 0)
    if quantity > there:
        raise OutOfStock(f"{there} of {sku} are left, {quantity} were ordered")
    return {"sku": sku, "quantity": quantity, "price": PRICES[sku] * quantity}


def charge_card(payment, context):
    """The network is down for the first try of all payments, as networks are."""
    if payment.get("attempt", 1) == 0:
        raise CardNetworkDown("the card network did not answer")
    if payment["card"] == "declined":
        raise CardDeclined("the bank said no")
    print(f"charged {payment['total']} for order {payment['orderId']}")
    return {"receipt": f"R-{payment['orderId']}", "total": payment["total"]}


def send_parcel(order, context):
    print(f"sending order {order['orderId']}")
    return {"tracking": f"PX-{order['orderId']}"}


def send_mail(mail, context):
    print(f"to {mail['to']}: {mail['subject']}")
    return {"sent": True}


def rate_customer(customer, context):
    return {"risk": 10 if customer["tier"] == "gold" else 62}


def ask_manager(request, context):
    """In a company this writes a mail; here the log says how to answer."""
    token = shlex.quote(request["taskToken"])
    for answer in ("approved", "rejected"):
        output = shlex.quote('{"decision":"%s"}' % answer)
        print(f"{answer}: send-task-success --task-output {output} --task-token {token}")
    return {"asked": request["manager"]}
