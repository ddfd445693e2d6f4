"""The pages. Each module has `add_to(app)`, which adds its routes; the application protects all of them."""

from __future__ import annotations

from backstride.studio.pages import audit_log, changes, conversation, inbox, keep, models, picture, sign_in, unknown

PAGES = (sign_in, inbox, conversation, unknown, keep, changes, models, picture, audit_log)
