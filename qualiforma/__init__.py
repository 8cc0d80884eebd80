"""QualiForma: the composition root (settings, urls) and the kernel the features stand on."""
