"""The cadences that come with leadcore, as the files an operator would write."""

from leadcore.cadences.policies.thirteen_in_thirty import THIRTEEN_IN_THIRTY

SEVEN_IN_EIGHT = '''
name = "seven-in-eight"
lost_after_days = 3
sms_consent = "the shop's web form, as recorded in the consent ledger"

[[steps]]
id = "hello"
day = 0
purpose = "first_response"
useful_hours = 12
sms = """
{{ greeting }}, this is {{ brand }}. Thanks for asking about {{ about }}! Reply here with any question, or chat with \
our AI assistant: {{ chat_link }} Reply STOP to opt out."""
subject = "Your request at {{ brand }}"
email = """
{{ greeting }},

thank you for asking about {{ about }}. Our AI assistant has our price list at hand and answers right away:
{{ chat_link }}

Or simply reply to this e-mail.

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-1"
day = 1
at = 10:15:00
purpose = "marketing"
sms = """
{{ greeting }}, {{ brand }} here. Shall I send you a price for {{ about }}? Just reply, or look here: {{ chat_link }}"""

[[steps]]
id = "day-2"
day = 2
at = 11:30:00
purpose = "marketing"
subject = "How {{ about }} works"
email = """
{{ greeting }},

a quick word on {{ about }}: prices depend on the vehicle and the film. Ask us anything, we answer at once:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-3"
day = 3
at = 16:40:00
purpose = "marketing"
sms = """
{{ greeting }}, still thinking about {{ about }}? I can tell you exactly what it costs: {{ chat_link }} - {{ brand }}"""

[[steps]]
id = "day-5"
day = 5
at = 12:05:00
purpose = "marketing"
sms = "{{ brand }}: any question about {{ about }} I can answer? Reply here. STOP to opt out."
subject = "Any question left?"
email = """
{{ greeting }},

is there anything you would like to know about {{ about }}? Reply to this e-mail or ask here: {{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-6"
day = 6
at = 10:50:00
purpose = "marketing"
sms = "{{ greeting }}, {{ brand }} again. Want to pick a day for {{ about }}? Tell me what suits you."

[[steps]]
id = "day-8"
day = 8
at = 13:20:00
purpose = "marketing"
sms = """
{{ greeting }}, I'll leave it here for now. Whenever you want {{ about }}, this link stays open: {{ chat_link }} - \
{{ brand }}"""
subject = "We keep your request open"
email = """
{{ greeting }},

we will not write again unless you do. Your request about {{ about }} stays open here: {{ chat_link }}

{{ brand }}
{{ postal_address }}
"""
'''

WIN_BACK = '''
name = "win-back"
lost_after_days = 7
sms_consent = "the shop's web form, as recorded in the consent ledger"

[[steps]]
id = "still-interested"
day = 0
at = 11:10:00
purpose = "marketing"
sms = """
{{ greeting }}, {{ brand }} here. You asked about {{ about }} a while ago. Still interested? Just reply, or look here: \
{{ chat_link }} Reply STOP to opt out."""
subject = "Still thinking about {{ about }}?"
email = """
{{ greeting }},

you asked us about {{ about }} a while ago. If you still want it, our price list is here, and we answer at once:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "last-word"
day = 6
at = 15:20:00
purpose = "marketing"
sms = "{{ greeting }}, last note from {{ brand }}: {{ about }} whenever you like, {{ chat_link }} STOP to opt out."
'''

SHIPPED = {"seven-in-eight": SEVEN_IN_EIGHT, "thirteen-in-thirty": THIRTEEN_IN_THIRTY, "win-back": WIN_BACK}
"""By name; a tenant's own cadence of the same name wins."""
