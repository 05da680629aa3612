"""What staff call a mail of each kind, in each language that mails are written in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.mails.domain import MailKind

__all__ = ["KIND_WORDS"]

# In the order of the languages: English, French, Italian, German, Spanish.
_WORDS: Final[Mapping[MailKind, tuple[str, str, str, str, str]]] = {
    MailKind.ORDER_ACCEPTED: ("Order accepted", "Commande acceptée", "Ordine accettato", "Bestellung angenommen", "Pedido aceptado"),
    MailKind.DUE_DATE_FIXED: ("Due date", "Échéance fixée", "Scadenza fissata", "Fälligkeit", "Vencimiento fijado"),
    MailKind.CREDIT_CHANGED: ("Change of the credit line", "Modification de l’encours", "Modifica del fido", "Änderung der Kreditlinie", "Cambio del crédito"),
    MailKind.CURRENT_CREDIT: ("State of the credit line", "État de l’encours", "Situazione del fido", "Stand der Kreditlinie", "Situación del crédito"),
    MailKind.BEFORE_DUE: ("Notice before the due date", "Rappel avant l’échéance", "Avviso prima della scadenza", "Hinweis vor der Fälligkeit", "Aviso antes del vencimiento"),
    MailKind.DUE_TODAY: ("Notice on the due date", "Rappel le jour de l’échéance", "Avviso alla scadenza", "Hinweis am Fälligkeitstag", "Aviso el día del vencimiento"),
    MailKind.LATE_1: ("First late notice", "Première relance", "Primo sollecito", "Erste Mahnung", "Primer aviso de retraso"),
    MailKind.LATE_2: ("Second late notice", "Deuxième relance", "Secondo sollecito", "Zweite Mahnung", "Segundo aviso de retraso"),
    MailKind.LATE_3: ("Third late notice", "Troisième relance", "Terzo sollecito", "Dritte Mahnung", "Tercer aviso de retraso"),
    MailKind.FINAL_DEMAND: ("Final demand", "Mise en demeure", "Messa in mora", "Letzte Mahnung", "Último requerimiento"),
    MailKind.PAYMENT_RECEIVED: ("Payment received", "Paiement reçu", "Pagamento ricevuto", "Zahlungseingang", "Pago recibido"),
    MailKind.STATEMENT: ("Statement of account", "Relevé de compte", "Estratto conto", "Kontoauszug", "Extracto de cuenta"),
    MailKind.PLAN_PROPOSED: ("Payment plan proposed", "Échéancier proposé", "Piano di rientro proposto", "Ratenplan vorgeschlagen", "Plan de pago propuesto"),
    MailKind.PLAN_APPROVED: ("Payment plan approved", "Échéancier accepté", "Piano di rientro accettato", "Ratenplan angenommen", "Plan de pago aceptado"),
    MailKind.PLAN_REFUSED: ("Payment plan refused", "Échéancier refusé", "Piano di rientro rifiutato", "Ratenplan abgelehnt", "Plan de pago rechazado"),
    MailKind.PLAN_BROKEN: ("Payment plan broken", "Échéancier non respecté", "Piano di rientro non rispettato", "Ratenplan nicht eingehalten", "Plan de pago incumplido"),
    MailKind.REQUEST_RECEIVED: ("Request for credit received", "Demande d’encours reçue", "Richiesta di fido ricevuta", "Kreditanfrage eingegangen", "Solicitud de crédito recibida"),
    MailKind.REQUEST_APPROVED: ("Request for credit approved", "Demande d’encours acceptée", "Richiesta di fido accettata", "Kreditanfrage angenommen", "Solicitud de crédito aceptada"),
    MailKind.REQUEST_DECLINED: ("Request for credit declined", "Demande d’encours refusée", "Richiesta di fido rifiutata", "Kreditanfrage abgelehnt", "Solicitud de crédito rechazada"),
    MailKind.DIGEST: ("Morning digest", "Résumé du matin", "Riepilogo del mattino", "Morgenübersicht", "Resumen de la mañana"),
    MailKind.TEST: ("Test mail", "Message d’essai", "Messaggio di prova", "Testmail", "Mensaje de prueba"),
}  # fmt: skip
_LANGUAGES: Final = ("en", "fr", "it", "de", "es")

KIND_WORDS: Final[Mapping[str, Mapping[MailKind, str]]] = {
    language: {kind: words[index] for kind, words in _WORDS.items()} for index, language in enumerate(_LANGUAGES)
}
