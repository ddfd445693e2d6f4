"""The pages. Each module has `add_to(app)`, which adds its routes; the application protects all of them."""

from __future__ import annotations

from backstride.studio.pages import audit_log, sign_in

PAGES = (sign_in, audit_log)
