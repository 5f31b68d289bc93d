"""Shell text -> the simple commands in it, word by word, as bash, cmd or PowerShell reads them."""
