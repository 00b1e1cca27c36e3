"""Thirteen touches in thirty days, each by text and by mail."""

THIRTEEN_IN_THIRTY = '''
name = "thirteen-in-thirty"
lost_after_days = 3
sms_consent = "the shop's web form, as recorded in the consent ledger"

[[steps]]
id = "day-0"
day = 0
purpose = "first_response"
useful_hours = 12
sms = """
{{ greeting }}, this is {{ brand }}. Thanks for asking about {{ about }}! Reply here, or chat with our AI \
assistant: {{ chat_link }} Reply STOP to opt out."""
subject = "Your request at {{ brand }}"
email = """
{{ greeting }},

thank you for asking about {{ about }}. Our AI assistant has our price list at hand and answers right away:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-1"
day = 1
at = 10:15:00
purpose = "marketing"
sms = """
{{ greeting }}, {{ brand }} here. Shall I send you a price for {{ about }}? Reply, or look here: {{ chat_link }}"""
subject = "A price for {{ about }}"
email = """
{{ greeting }},

shall we send you a price for {{ about }}? You can see it at once:
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
{{ greeting }}, still thinking about {{ about }}? See what it costs: {{ chat_link }} - {{ brand }}"""
subject = "How {{ about }} works"
email = """
{{ greeting }},

a quick word on {{ about }}: the price depends on the vehicle and the work. Ask us anything:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-5"
day = 5
at = 12:05:00
purpose = "marketing"
sms = """
{{ brand }}: any question about {{ about }} I can answer? {{ chat_link }} STOP to opt out."""
subject = "Any question left?"
email = """
{{ greeting }},

is there anything you would like to know about {{ about }}? Reply to this e-mail or ask here:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-7"
day = 7
at = 10:50:00
purpose = "marketing"
sms = """
{{ greeting }}, {{ brand }} again. Want to pick a day for {{ about }}? {{ chat_link }}"""
subject = "Pick a day that suits you"
email = """
{{ greeting }},

whenever you are ready for {{ about }}, tell us which day suits you:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-10"
day = 10
at = 15:20:00
purpose = "marketing"
sms = """
{{ greeting }}, how long {{ about }} takes and what is included: {{ chat_link }} - {{ brand }}"""
subject = "What is included"
email = """
{{ greeting }},

how long {{ about }} takes and what is included, you can read and ask here:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-13"
day = 13
at = 11:30:00
purpose = "marketing"
sms = """
{{ brand }}: happy to compare options for {{ about }}. {{ chat_link }} STOP to opt out."""
subject = "Comparing options"
email = """
{{ greeting }},

we are happy to compare options for {{ about }} with you:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-16"
day = 16
at = 13:10:00
purpose = "marketing"
sms = """
{{ greeting }}, is {{ about }} still on your list? {{ chat_link }} - {{ brand }}"""
subject = "Still on your list?"
email = """
{{ greeting }},

is {{ about }} still on your list? Where you left off:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-19"
day = 19
at = 10:25:00
purpose = "marketing"
sms = """
{{ greeting }}, a question often asked is how to care for {{ about }} afterwards. Ask here: {{ chat_link }} - \
{{ brand }}"""
subject = "Afterwards"
email = """
{{ greeting }},

many ask how to care for their vehicle afterwards. Ask us about {{ about }}:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-22"
day = 22
at = 16:15:00
purpose = "marketing"
sms = """
{{ brand }}: can we help you decide about {{ about }}? {{ chat_link }} STOP to opt out."""
subject = "Can we help you decide?"
email = """
{{ greeting }},

can we help you decide about {{ about }}? One line is enough:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-25"
day = 25
at = 12:40:00
purpose = "marketing"
sms = """
{{ greeting }}, we would still like to do {{ about }} for you. Days that are free: {{ chat_link }} - {{ brand }}"""
subject = "We would still like to help"
email = """
{{ greeting }},

we would still like to do {{ about }} for you. Ask for a day here:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-27"
day = 27
at = 14:05:00
purpose = "marketing"
sms = """
{{ greeting }}, I will soon close your request about {{ about }}. Still wanted? {{ chat_link }} - {{ brand }}"""
subject = "Shall we close your request?"
email = """
{{ greeting }},

we will soon close your request about {{ about }}. If you still want it:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""

[[steps]]
id = "day-30"
day = 30
at = 13:20:00
purpose = "marketing"
sms = """
{{ greeting }}, my last note. Whenever you want {{ about }}, this link stays open: {{ chat_link }} - {{ brand }}"""
subject = "We keep your request open"
email = """
{{ greeting }},

we will not write again unless you do. Your request about {{ about }} stays open here:
{{ chat_link }}

{{ brand }}
{{ postal_address }}
"""
'''
