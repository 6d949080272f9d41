"""The shop's search for chains that others build with langchain; the bot itself asks without it."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from bot.knowledge.retriever import ShopRetriever


class LangchainRetriever(BaseRetriever):
    """`invoke(question)` gives a `Document` per entry, best first; its `metadata["candidate"]` is
    the `Candidate`. `context`, the question before, may be given as a keyword."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    shop: ShopRetriever

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, context: str = ""
    ) -> list[Document]:
        return [
            Document(
                id=candidate.entry_id,
                page_content=candidate.text,
                metadata={"candidate": candidate},
            )
            for candidate in self.shop.candidates(query, context)
        ]
