"""The players of case files, by MTA: the class, and why its MTA cannot express a case."""

from __future__ import annotations

import postfix_cases
import sendmail_cases

PLAYERS = {
    "Postfix": (postfix_cases.PostfixPlayer, postfix_cases.inexpressible),
    "Sendmail": (sendmail_cases.SendmailPlayer, sendmail_cases.inexpressible),
}
