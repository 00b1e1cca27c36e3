"""The words of the assistant without a model. No amount, date or promise is written here."""

from leadcore.catalog.model import Quote
from leadcore.conversations.values import Language, spoken_vehicle

_PHRASES: dict[Language, dict[str, str]] = {
    "en": {
        "handed": "Of course. I have asked a person from the team to take over.",
        "which_vehicle": "Happy to look up {service}. What is the year, make and model of your vehicle?",
        "which_service": "Which of these do you have in mind: {choices}?",
        "not_sold": "I do not see that in our list. We offer: {choices}. Is one of these what you need?",
        "no_price": "I could not find that price, so I have asked a person from the team to help.",
        "hours": "Our hours: {hours}.",
        "open_now": "We are open right now.",
        "closed_now": "We are closed right now.",
        "day_open": "On {day} we are open {hours}.",
        "day_closed": "On {day} we are closed.",
        "location": "You can find us at {address}.",
        "phone": "You can call us at {phone}.",
        "no_fact": "I do not have that at hand. Would you like a person from the team to answer?",
        "thanks": "You are welcome! Let me know if anything else comes up.",
        "greeting": "Hi! Thanks for contacting {brand}. I can help with prices, hours and directions. What is it?",
        "can_help": "I can help with prices, hours and directions, or get a person from the team. What would you like?",
        "can_help_with": (
            "I can help with prices ({services}), hours and directions, or get a person from the team. "
            "What would you like?"
        ),
    },
    "es": {
        "handed": "Por supuesto. Ya le pedí a una persona del equipo que continúe.",
        "which_vehicle": "Con gusto reviso {service}. ¿Cuál es el año, la marca y el modelo de su vehículo?",
        "which_service": "¿Cuál de estos le interesa: {choices}?",
        "not_sold": "No lo veo en nuestra lista. Ofrecemos: {choices}. ¿Es alguno de estos?",
        "no_price": "No encontré ese precio; ya le pedí a una persona del equipo que le ayude.",
        "hours": "Nuestro horario: {hours}.",
        "open_now": "Ahora estamos abiertos.",
        "closed_now": "Ahora estamos cerrados.",
        "day_open": "El {day} abrimos {hours}.",
        "day_closed": "El {day} estamos cerrados.",
        "location": "Nos encuentra en {address}.",
        "phone": "Puede llamarnos al {phone}.",
        "no_fact": "No tengo ese dato a la mano. ¿Quiere que le responda una persona del equipo?",
        "thanks": "¡De nada! Aquí estoy si necesita algo más.",
        "greeting": "¡Hola! Gracias por escribir a {brand}. Le ayudo con precios, horario y dirección. ¿Qué necesita?",
        "can_help": "Le ayudo con precios, horario y dirección, o le comunico con una persona. ¿Qué le gustaría?",
        "can_help_with": (
            "Le ayudo con precios ({services}), horario y dirección, o le comunico con una persona. ¿Qué le gustaría?"
        ),
    },
}
_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}


class Voice:
    """Says things in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def say(self, meaning: str, **blanks: str) -> str:
        """Return the wording of *meaning* with its blanks filled."""
        return _PHRASES[self.language][meaning].format(**blanks)

    def weekday(self, day: int) -> str:
        """The name of a day, Monday being 0."""
        return _WEEKDAYS[self.language][day]

    def quote(self, quote: Quote) -> str:
        """A price with what it rests on."""
        vehicle = spoken_vehicle(quote.vehicle) or ("" if quote.vehicle_class == "any" else quote.vehicle_class)
        if self.language == "es":
            said = f"{quote.service}{f' para su {vehicle}' if vehicle else ''} cuesta {quote.price.display}."
            return f"{said} Esto supone: {'; '.join(quote.assumptions)}." if quote.assumptions else said
        said = f"{quote.service}{f' for your {vehicle}' if vehicle else ''} is {quote.price.display}."
        return f"{said} That assumes {'; '.join(quote.assumptions)}." if quote.assumptions else said
