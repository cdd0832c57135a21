"""What the sample bank's customers say, in their own invented words; {n} becomes a number."""

# by theme: those who score 0-6, 7-8, 9-10
OPINIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "service": (
        (
            "I rang {n} times and nobody picked up",
            "My transfer hung for {n} days and no one could tell me why",
            "Every time I ask I get a different answer",
            "Waited {n} minutes on the telephone, then I was cut off",
            "You said somebody would ring me back. That was {n} weeks ago",
        ),
        (
            "Things get done, only rarely at the first attempt",
            "Polite on the telephone, but it took {n} calls",
            "All right in the end, slow to get there",
            "They helped me, though I had to explain it all twice",
        ),
        (
            "One call and it was sorted",
            "Somebody rang back within the hour, just as promised",
            "They noticed the mistake before I did",
            "I have never had to ask a second time",
        ),
    ),
    "fees": (
        (
            "A fee for this, a fee for that, and I read about it afterwards",
            "I was told it would cost nothing. It costs {n} euros",
            "I still cannot work out what I am paying for",
            "The cheap account is only cheap until one uses it",
        ),
        (
            "The price is fair, the price list is not easy to read",
            "Neither cheap nor dear",
            "I would stay for good if the product fee went",
            "It does what it costs",
        ),
        (
            "I know what I pay and why",
            "Good value for what I use",
            "No surprises on the statement in {n} years",
        ),
    ),
    "help": (
        (
            "I did not understand the form and there was nobody to ask",
            "The help pages send me round in circles",
            "It took {n} messages to change my address",
            "Opening the account was easy, everything after it was not",
        ),
        (
            "The answers are there if one looks long enough",
            "The chat is quick but it does not know much",
            "I managed in the end with the help of my daughter",
            "Explained well, a bit too long",
        ),
        (
            "Explained to me in plain words and without hurry",
            "The little film about transfers was all I needed",
            "I felt looked after from the first day",
        ),
    ),
    "app": (
        (
            "The app forgets me every {n} days",
            "Since the update I cannot find my own statements",
            "It crashed in the middle of a payment",
        ),
        (
            "The app does the basics and no more",
            "Fine on the telephone, awkward on the tablet",
            "Works, but it needs {n} taps too many",
        ),
        (
            "I do everything on my telephone and it simply works",
            "The app shows me what I need on one screen",
            "Paying with the app takes {n} seconds",
        ),
    ),
    "branch": (
        (
            "My branch now opens {n} hours a week",
            "Queued for {n} minutes to pay in a cheque",
            "The machine was out of order again and the counter was closed",
        ),
        (
            "Friendly people, odd opening hours",
            "Good advice when one gets an appointment",
            "The branch is nice to have, I rarely need it",
        ),
        (
            "They know me by name at my branch",
            "Real people who take their time",
            "I was in and out in {n} minutes",
        ),
    ),
    "rates": (
        (
            "My savings earn nothing while the loan gets dearer",
            "New customers are offered more than I get after {n} years",
        ),
        (
            "The rate is average, the paperwork is quick",
            "I could get a little more elsewhere and am too lazy to move",
        ),
        (
            "The loan was agreed in {n} days at the rate I was told",
            "A decent rate without having to haggle",
        ),
    ),
    "card": (
        (
            "My card was refused at the till for no reason",
            "The new card came {n} weeks late",
            "I blocked my card and could not get it unblocked",
        ),
        (
            "The card works nearly everywhere",
            "Replacing the card was quick, the PIN took {n} days more",
        ),
        (
            "Lost my card on a Friday and had a new one on Tuesday",
            "The card has worked in {n} countries so far",
        ),
    ),
}
ENDINGS = (
    (
        "",
        "",
        ".",
        ". Please look into it.",
        ". Not good enough.",
        "!",
        ", and I have been here for years.",
        ".",
    ),
    ("", "", ".", ". OK.", ", so no complaint and no applause.", ". Could be worse."),
    ("", "", ".", "!", ". Thank you.", ". Keep it up!", ", well done."),
)
SUGGESTIONS: dict[str, tuple[str, ...]] = {
    "service": ("Please let me choose the time of a call back", "Put the help telephone number on the card"),
    "fees": ("Could you show the fee before I confirm the payment?", "Print the price list on one page"),
    "help": (
        "A glossary, please: I had to look up {n} words",
        "Write the letters as you speak on the telephone",
    ),
    "app": (
        "A list of open promises in the app would save us both the calls",
        "A dark screen for the evening",
    ),
    "branch": ("Open the branch one evening a week", "A chair for those who wait"),
    "rates": ("Tell me {n} days before a rate changes", "Show what an early repayment would save"),
    "card": ("Let me freeze the card myself for {n} hours", "Send PIN and card in the same week"),
}
QUESTIONS: dict[str, tuple[str, ...]] = {
    "service": ("Who do I ask about an inheritance?", "When may I expect the call back?"),
    "fees": ("Where do I see what my account costs?", "Is the fee taken in a month without a purchase?"),
    "help": ("What happens to my standing orders when I change the account?", "Which form is the right one?"),
    "app": ("How do I move the app to a new telephone?", "Can {n} people use one log-in?"),
    "branch": ("Is my branch open on the {n}th?", "Can I pay in coins?"),
    "rates": ("Can I have {n} savings accounts?", "What would a loan over {n} years cost?"),
    "card": ("Is it right that the card arrives before the PIN?", "Does the card work overseas?"),
}
# what they had expected, by theme
EXPECTATIONS: dict[str, tuple[str, ...]] = {
    "service": ("To speak to a person within {n} minutes", "That a promise to ring back is kept"),
    "fees": ("To be told of a fee before it is taken", "One price, written on one line"),
    "help": ("That somebody explains it once, properly", "An answer in words I understand"),
    "app": ("That it works when I stand at the till", "That an update does not move everything"),
    "branch": ("Opening hours for people who work", "Somebody at the counter"),
    "rates": ("The same rate as a new customer", "To be told when the rate changes"),
    "card": ("A new card within the week", "That the card is accepted"),
}
FOREIGN = (
    (
        "Seit der Umstellung geht gar nichts mehr, und am Telefon läuft nur Musik.",
        "Zu teuer für das, was übrig bleibt 😕",
        "Personne ne répond, c’est à désespérer.",
        "Llevo {n} semanas esperando la tarjeta.",
        "👎👎👎",
    ),
    (
        "Läuft. Mehr aber auch nicht.",
        "Ça va, sans plus.",
        "Ni bien ni mal, la verdad.",
        "Größtenteils in Ordnung – die Öffnungszeiten nicht.",
    ),
    (
        "Seit {n} Jahren zufrieden, weiter so!",
        "Très bien, merci à toute l’équipe 🙂",
        "Rápido y amable. ¡Gracias!",
        "Freundlich, schnell, ehrlich 👍",
    ),
)
_LONG = "and then I rang again and was told to wait, "
HOSTILE = (
    "<b>Waited</b> for an answer, <i>none</i> came",
    "=1+1 is the only sum that is right in this statement",
    "<script>document.title = 'closed'</script> Your form takes anything",
    "@SUM(A1:A9) and +49 000 000: is this field checked at all?",
    "He said \"tomorrow\"; she said 'next week', both with a comma, and so on\nand a new line\tand a tab",
    "-5 points, {braces} and %s for the \\ backslash",
    "كل شيء على ما يرام، شكراً لكم",
    f"I shall tell it from the beginning: {_LONG * 40}and that is all",
    "<img src=x onerror=alert(1)> & &amp; </td></table>",
    "NULL",
    "[click](javascript:alert(1)) | `code` | **bold** | $x^2$ | # heading",
)
