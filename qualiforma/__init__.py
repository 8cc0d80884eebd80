"""QualiForma: the composition root (settings, urls) and the kernel the features stand on."""

__version__ = "0.1.0"
