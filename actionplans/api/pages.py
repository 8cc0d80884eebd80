"""The page behind the link of an export's mail."""

from actionplans.services import EXPORTS
from qualiforma.exports.pages import link_page

exported_file = link_page(EXPORTS, "actionplans/expired_link.html")
