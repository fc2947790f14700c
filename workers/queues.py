"""The queues: few, since every queue is polled. A message carries an outbox id and nothing else."""

DELIVER = "deliver"
NOTIFY = "notify"
TEXT = "text"

QUEUE_OF_DESTINATION = {"winplc": DELIVER, "mail": NOTIFY, "sms": TEXT}
"""Where a row of the outbox is offered."""
