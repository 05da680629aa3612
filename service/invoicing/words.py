"""What a statement says in each language that documents are written in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["WORDS", "Words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's. `filename` is plain ASCII; `{n}`, `{page}`, `{pages}` and `{day}` are replaced."""

    title: str
    filename: str
    as_of: str
    company_reference: str
    document: str
    issued_on: str
    due_on: str
    amount: str
    open_amount: str
    day_late: str
    days_late: str
    disputed: str
    payment_reference: str
    one_more: str
    more: str
    one_more_enclosed: str
    more_enclosed: str
    nothing_open: str
    total_open: str
    credits: str
    payment: str
    credit_note: str
    total_credits: str
    balance: str
    in_favour: str
    aging: str
    not_due: str
    overdue_0_30: str
    overdue_31_60: str
    overdue_61_90: str
    overdue_90: str
    how_to_pay: str
    holder: str
    iban: str
    bic: str
    to_pay: str
    scan: str
    code_alt: str
    page: str
    questions: str


WORDS: Final[Mapping[str, Words]] = {
    "en": Words(
        title="Statement of account",
        filename="Statement",
        as_of="as of {day}",
        company_reference="Customer number",
        document="Document",
        issued_on="Issued",
        due_on="Due date",
        amount="Amount",
        open_amount="Open",
        day_late="{n} day late",
        days_late="{n} days late",
        disputed="disputed",
        payment_reference="Payment reference",
        one_more="{n} further document",
        more="{n} further documents",
        one_more_enclosed="{n} further document is in the attached statement",
        more_enclosed="{n} further documents are in the attached statement",
        nothing_open="Nothing is open on your account with us. Thank you!",
        total_open="Total of the documents",
        credits="Credits",
        payment="Payment on account",
        credit_note="Credit note",
        total_credits="Total of the credits",
        balance="Balance",
        in_favour="Balance in your favour",
        aging="Open documents by age",
        not_due="Not due yet",
        overdue_0_30="1–30 days late",
        overdue_31_60="31–60 days late",
        overdue_61_90="61–90 days late",
        overdue_90="over 90 days late",
        how_to_pay="How to pay",
        holder="Account holder",
        iban="IBAN",
        bic="BIC",
        to_pay="Amount to pay",
        scan="Scan with your banking app",
        code_alt="Code with the payment details for your banking app",
        page="Page {page} of {pages}",
        questions="Questions? Write to",
    ),
    "fr": Words(
        title="Relevé de compte",
        filename="Releve-de-compte",
        as_of="au {day}",
        company_reference="Numéro de client",
        document="Document",
        issued_on="Émis le",
        due_on="Échéance",
        amount="Montant",
        open_amount="Reste dû",
        day_late="{n} jour de retard",
        days_late="{n} jours de retard",
        disputed="contesté",
        payment_reference="Référence du paiement",
        one_more="{n} autre document",
        more="{n} autres documents",
        one_more_enclosed="{n} autre document figure dans le relevé ci-joint",
        more_enclosed="{n} autres documents figurent dans le relevé ci-joint",
        nothing_open="Rien ne reste dû sur votre compte chez nous. Merci !",
        total_open="Total des documents",
        credits="Avoirs et acomptes",
        payment="Acompte",
        credit_note="Avoir",
        total_credits="Total des avoirs et acomptes",
        balance="Solde",
        in_favour="Solde en votre faveur",
        aging="Montants dus par ancienneté",
        not_due="Non échu",
        overdue_0_30="1–30 jours de retard",
        overdue_31_60="31–60 jours de retard",
        overdue_61_90="61–90 jours de retard",
        overdue_90="plus de 90 jours de retard",
        how_to_pay="Comment régler",
        holder="Titulaire du compte",
        iban="IBAN",
        bic="BIC",
        to_pay="Montant à régler",
        scan="À scanner avec votre application bancaire",
        code_alt="Code contenant les coordonnées du paiement pour votre application bancaire",
        page="Page {page} sur {pages}",
        questions="Une question ? Écrivez à",
    ),
    "it": Words(
        title="Estratto conto",
        filename="Estratto-conto",
        as_of="al {day}",
        company_reference="Codice cliente",
        document="Documento",
        issued_on="Emesso il",
        due_on="Scadenza",
        amount="Importo",
        open_amount="Importo aperto",
        day_late="{n} giorno di ritardo",
        days_late="{n} giorni di ritardo",
        disputed="contestato",
        payment_reference="Causale",
        one_more="{n} altro documento",
        more="altri {n} documenti",
        one_more_enclosed="{n} altro documento è nell’estratto conto allegato",
        more_enclosed="altri {n} documenti sono nell’estratto conto allegato",
        nothing_open="Sul vostro conto presso di noi non risulta nulla di aperto. Grazie!",
        total_open="Totale documenti",
        credits="Crediti",
        payment="Acconto",
        credit_note="Nota di credito",
        total_credits="Totale crediti",
        balance="Saldo",
        in_favour="Saldo a vostro favore",
        aging="Importi aperti per anzianità",
        not_due="A scadere",
        overdue_0_30="1–30 giorni di ritardo",
        overdue_31_60="31–60 giorni di ritardo",
        overdue_61_90="61–90 giorni di ritardo",
        overdue_90="oltre 90 giorni di ritardo",
        how_to_pay="Come pagare",
        holder="Intestatario del conto",
        iban="IBAN",
        bic="BIC",
        to_pay="Importo da pagare",
        scan="Da inquadrare con l’app della banca",
        code_alt="Codice con i dati del pagamento per l’app della banca",
        page="Pagina {page} di {pages}",
        questions="Domande? Scrivete a",
    ),
    "de": Words(
        title="Kontoauszug",
        filename="Kontoauszug",
        as_of="Stand {day}",
        company_reference="Kundennummer",
        document="Beleg",
        issued_on="Ausgestellt",
        due_on="Fällig am",
        amount="Betrag",
        open_amount="Offen",
        day_late="seit {n} Tag überfällig",
        days_late="seit {n} Tagen überfällig",
        disputed="strittig",
        payment_reference="Verwendungszweck",
        one_more="{n} weiterer Beleg",
        more="{n} weitere Belege",
        one_more_enclosed="{n} weiterer Beleg steht im beigefügten Kontoauszug",
        more_enclosed="{n} weitere Belege stehen im beigefügten Kontoauszug",
        nothing_open="Auf Ihrem Konto bei uns ist nichts offen. Vielen Dank!",
        total_open="Summe der Belege",
        credits="Guthaben",
        payment="Zahlung auf Konto",
        credit_note="Gutschrift",
        total_credits="Summe der Guthaben",
        balance="Saldo",
        in_favour="Saldo zu Ihren Gunsten",
        aging="Offene Beträge nach Alter",
        not_due="Noch nicht fällig",
        overdue_0_30="1–30 Tage überfällig",
        overdue_31_60="31–60 Tage überfällig",
        overdue_61_90="61–90 Tage überfällig",
        overdue_90="über 90 Tage überfällig",
        how_to_pay="So bezahlen Sie",
        holder="Kontoinhaber",
        iban="IBAN",
        bic="BIC",
        to_pay="Zu zahlender Betrag",
        scan="Mit Ihrer Banking-App scannen",
        code_alt="Code mit den Zahlungsdaten für Ihre Banking-App",
        page="Seite {page} von {pages}",
        questions="Fragen? Schreiben Sie an",
    ),
    "es": Words(
        title="Extracto de cuenta",
        filename="Extracto-de-cuenta",
        as_of="a {day}",
        company_reference="Número de cliente",
        document="Documento",
        issued_on="Emitido el",
        due_on="Vencimiento",
        amount="Importe",
        open_amount="Pendiente",
        day_late="{n} día de retraso",
        days_late="{n} días de retraso",
        disputed="en disputa",
        payment_reference="Referencia del pago",
        one_more="{n} documento más",
        more="{n} documentos más",
        one_more_enclosed="{n} documento más figura en el extracto adjunto",
        more_enclosed="{n} documentos más figuran en el extracto adjunto",
        nothing_open="No hay nada pendiente en su cuenta con nosotros. ¡Gracias!",
        total_open="Total de los documentos",
        credits="Abonos y anticipos",
        payment="Pago a cuenta",
        credit_note="Abono",
        total_credits="Total de abonos y anticipos",
        balance="Saldo",
        in_favour="Saldo a su favor",
        aging="Importes pendientes por antigüedad",
        not_due="No vencido",
        overdue_0_30="1–30 días de retraso",
        overdue_31_60="31–60 días de retraso",
        overdue_61_90="61–90 días de retraso",
        overdue_90="más de 90 días de retraso",
        how_to_pay="Cómo pagar",
        holder="Titular de la cuenta",
        iban="IBAN",
        bic="BIC",
        to_pay="Importe a pagar",
        scan="Escanéelo con la aplicación de su banco",
        code_alt="Código con los datos del pago para la aplicación de su banco",
        page="Página {page} de {pages}",
        questions="¿Preguntas? Escriba a",
    ),
}
