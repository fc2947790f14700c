"""What we say to patients, and how it leaves the house: letters, their templates, the mail and its transport."""
