"""A handler whose dependency was not deployed with it."""

import a_module_that_nobody_deployed


def handler(event, context):
    return a_module_that_nobody_deployed.answer(event)
