"""QualiForma: the composition root (settings, urls) and the kernel the features stand on."""

# Shown by the API's document and in the account menu of pages.
__version__ = "1.0.0"
